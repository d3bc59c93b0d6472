"""Faults of moto's SQS."""

import json
from typing import Any
from urllib.parse import urlparse

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
_TRUTHS = ("ContentBasedDeduplication", "FifoQueue", "SqsManagedSseEnabled")
_NAMES = {
    *_RANGES,
    *_TRUTHS,
    "DeduplicationScope",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
}
_MOST_RECEIVES = 1000


def install() -> None:
    """Correct all of them."""
    attributes_of_queues()
    owners()
    keys()


@patching.owner
def attributes_of_queues() -> None:
    """Attributes are not looked at: what is no number or no JSON ends in an error of Python, the rest is kept."""
    from moto.sqs.exceptions import InvalidAttributeName
    from moto.sqs.models import SQSBackend

    make, change = SQSBackend.create_queue, SQSBackend.set_queue_attributes

    def create_queue(self: Any, name: str, tags: Any = None, **attributes: Any) -> Any:
        _check(self, {key: value for key, value in attributes.items() if key != "region"})
        return make(self, name, tags, **attributes)

    def set_queue_attributes(self: Any, queue_name: str, attributes: dict[str, Any]) -> Any:
        queue = self.get_queue(queue_name)
        _check(self, attributes)
        if "FifoQueue" in attributes and (str(attributes["FifoQueue"]).lower() == "true") is not queue.fifo_queue:
            raise InvalidAttributeName("FifoQueue")
        return change(self, queue_name, attributes)

    patching.replace(SQSBackend, "create_queue", create_queue)
    patching.replace(SQSBackend, "set_queue_attributes", set_queue_attributes)


@patching.owner
def owners() -> None:
    """GetQueueUrl of another account's queue finds the caller's own.

    Reference: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
    """
    from moto.core.responses import ActionResult
    from moto.sqs.models import sqs_backends
    from moto.sqs.responses import SQSResponse

    find = SQSResponse.get_queue_url

    def get_queue_url(self: Any) -> Any:
        owner = self._get_param("QueueOwnerAWSAccountId")
        if not owner or owner == self.current_account:
            return find(self)
        queue = sqs_backends[owner][self.region].get_queue_url(self._get_param("QueueName"))
        return ActionResult({"QueueUrl": queue.url(urlparse(self.uri))})

    patching.replace(SQSResponse, "get_queue_url", get_queue_url)


# Code by KMS's own: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, Errors.
# Clients of the older protocol, whose codes newer ones still tell, put KMS's code behind a prefix.
_OF_KMS = {"DisabledException": "KmsDisabled", "KMSInvalidStateException": "KmsInvalidState"}


@patching.owner
def keys() -> None:
    """Messages are encrypted and told with a key that is disabled, waits for its deletion or is not there."""
    from moto.core.responses import ActionResult
    from moto.sqs.exceptions import SQSException
    from moto.sqs.models import SQSBackend
    from moto.sqs.responses import SQSResponse

    from local_cloud.services import kms

    def using(name: str) -> None:
        method = getattr(SQSBackend, name)

        def use(self: Any, queue_name: str, *positional: Any, **named: Any) -> Any:
            queue = self.get_queue(queue_name)
            key_id = queue.kms_master_key_id
            if key_id and (found := kms.unusable(key_id, account_id=self.account_id, region=self.region_name)):
                code, message = found
                raise SQSException(_OF_KMS.get(code, "KmsNotFound"), kms.as_passed_on(code, message))
            return method(self, queue_name, *positional, **named)

        patching.replace(SQSBackend, name, use)

    for name in ("send_message", "send_message_batch", "receive_message"):
        using(name)
    serialize = SQSResponse.serialized

    def serialized(self: Any, result: ActionResult) -> Any:
        status, headers, body = serialize(self, result)
        told = headers.get("x-amzn-query-error", "")
        for code, shape in {**_OF_KMS, "NotFoundException": "KmsNotFound"}.items():
            if told.startswith(f"{shape};"):
                headers["x-amzn-query-error"] = told.replace(shape, f"KMS.{code}")
        return status, headers, body

    patching.replace(SQSResponse, "serialized", serialized)


def _check(backend: Any, attributes: dict[str, Any]) -> None:
    from moto.sqs.exceptions import InvalidAttributeName, InvalidAttributeValue

    from local_cloud.services.iam import policy

    for name, value in attributes.items():
        text = str(value)
        if name not in _NAMES:
            raise InvalidAttributeName(name)
        if name in _RANGES:
            low, high = _RANGES[name]
            if not text.lstrip("-").isdecimal() or not low <= int(text) <= high:
                raise InvalidAttributeValue(name)
        if name in _TRUTHS and text.lower() not in {"true", "false"}:
            raise InvalidAttributeValue(name)
        if name == "Policy" and text:
            try:
                policy.check(text)
            except policy.MalformedPolicyError as error:
                raise InvalidAttributeValue(name) from error
        if name == "RedrivePolicy" and text:
            _check_redrive(backend, text)
        if name == "RedriveAllowPolicy" and text and _map(text) != {"redrivePermission": "allowAll"}:
            raise NotEmulatedError(
                f"the local cloud does not emulate the RedriveAllowPolicy {text}; allow all queues, or leave it out"
            )


def _check_redrive(backend: Any, text: str) -> None:
    from moto.sqs.exceptions import InvalidParameterValue

    def refuse(reason: str) -> None:
        raise InvalidParameterValue(f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}")

    if text.replace(" ", "") == "{}":
        # Takes it away.
        return
    policy = _map(text)
    if not policy:
        refuse("Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in policy:
            refuse(f"Redrive policy does not contain mandatory attribute: {name}.")
    count = str(policy["maxReceiveCount"])
    if not count.isdecimal() or not 1 <= int(count) <= _MOST_RECEIVES:
        refuse(
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to {_MOST_RECEIVES} both inclusive."
        )
    if all(queue.queue_arn != policy["deadLetterTargetArn"] for queue in backend.queues.values()):
        refuse("Dead letter target does not exist.")


def _map(text: str) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
