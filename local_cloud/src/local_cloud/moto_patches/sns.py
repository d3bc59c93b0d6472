"""Faults of moto's SNS."""

import json
import re
from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.kernel.services import backends

_PENDING = ("email", "email-json")
_DELIVERED = ("lambda", "sqs")
_QUEUE = re.compile(r"arn:[^:]+:sqs:[^:]+:\d{12}:[\w-]+(?:\.fifo)?")


def install() -> None:
    """Correct all of them."""
    fifo_topics()
    protocols()
    pending_subscriptions()
    counts()
    empty_messages()
    structures()
    attributes_of_topics()
    keys()


@patching.owner
def fifo_topics() -> None:
    """FIFO topics neither number nor deduplicate their messages."""
    from moto.sns.models import SNSBackend

    make = SNSBackend.create_topic

    def create_topic(self: Any, name: str, attributes: dict[str, Any] | None = None, tags: Any = None) -> Any:
        if (attributes or {}).get("FifoTopic"):
            raise NotEmulatedError(
                f"the local cloud does not emulate FIFO topics, got {name}; make a standard topic, or a FIFO queue"
            )
        return make(self, name, attributes, tags)

    patching.replace(SNSBackend, "create_topic", create_topic)


@patching.owner
def protocols() -> None:
    """A subscription of any protocol is confirmed at once; what cannot be delivered then is lost without a word."""
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    subscribe, change = SNSBackend.subscribe, SNSBackend.set_subscription_attributes

    def subscribe_what_is_emulated(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        self.get_topic(topic_arn)
        if protocol not in (*_DELIVERED, *_PENDING):
            raise NotEmulatedError(
                f"the local cloud does not emulate subscriptions of the protocol {protocol}; sqs, lambda, email and "
                "email-json are taken, of which only sqs and lambda are delivered"
            )
        if problem := _problem(protocol, endpoint):
            raise SNSInvalidParameter(f"Invalid parameter: {problem}")
        subscription = subscribe(self, topic_arn, endpoint, protocol)
        if protocol in _PENDING:
            # https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html: until its reader has confirmed.
            # Nobody gets a letter here, so it stays so.
            subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        elif protocol == "sqs":
            # Moto looks for the queue in the topic's account.
            subscription.account_id = endpoint.split(":")[4]
        return subscription

    def set_what_is_emulated(self: Any, arn: str, name: str, value: Any) -> None:
        if name in {"DeliveryPolicy", "RedrivePolicy", "SubscriptionRoleArn"} and value:
            raise NotEmulatedError(
                f"the local cloud does not emulate {name} of a subscription; leave it out: each message is tried once"
            )
        if name == "FilterPolicy" and value and _object(value) is None:
            raise SNSInvalidParameter("Invalid parameter: FilterPolicy: failed to parse JSON.")
        change(self, arn, name, value)

    patching.replace(SNSBackend, "subscribe", subscribe_what_is_emulated)
    patching.replace(SNSBackend, "set_subscription_attributes", set_what_is_emulated)


@patching.owner
def pending_subscriptions() -> None:
    """A subscription that waits for its confirmation is told with its ARN, which AWS does on demand only.

    Reference: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    """
    from types import SimpleNamespace

    from moto.core.responses import ActionResult
    from moto.sns.responses import SNSResponse

    subscribe = SNSResponse.subscribe

    def subscribe_and_wait(self: Any) -> Any:
        answer = subscribe(self)
        subscription = self.backend.subscriptions[answer.result["SubscriptionArn"]]
        if _waits(subscription) and not self._get_bool_param("ReturnSubscriptionArn"):
            return ActionResult({"SubscriptionArn": "pending confirmation"})
        return answer

    def listing(name: str) -> None:
        method = getattr(SNSResponse, name)

        def list_and_hide(self: Any) -> Any:
            answer = method(self)
            found = answer.result["Subscriptions"]
            shown = [
                SimpleNamespace(**vars(each) | {"arn": "PendingConfirmation", "topic_arn": each.topic_arn})
                if _waits(each)
                else each
                for each in found
            ]
            return ActionResult(answer.result | {"Subscriptions": shown})

        patching.replace(SNSResponse, name, list_and_hide)

    patching.replace(SNSResponse, "subscribe", subscribe_and_wait)
    for name in ("list_subscriptions", "list_subscriptions_by_topic"):
        listing(name)


def _problem(protocol: str, endpoint: str) -> str | None:
    """What is wrong with an endpoint of this protocol, in the words of SNS."""
    from local_cloud.services.lambda_ import qualifiers

    if protocol == "lambda" and not (qualifiers.is_arn(endpoint) and _region_exists("awslambda", endpoint)):
        return "Lambda endpoint ARN"
    if protocol == "sqs" and not (_QUEUE.fullmatch(endpoint) and _region_exists("sqs", endpoint)):
        return "SQS endpoint ARN"
    return "Email address" if protocol in _PENDING and "@" not in endpoint else None


def _region_exists(backend: str, arn: str) -> bool:
    _, _, _, region, account_id, *_ = arn.split(":")
    return region in backends(backend)[account_id]


def _waits(subscription: Any) -> bool:
    return bool(subscription.attributes.get("PendingConfirmation"))


@patching.owner
def counts() -> None:
    """A topic has no subscriptions, by its own account."""
    from moto.sns.responses import SNSResponse

    get = SNSResponse.get_topic_attributes

    def get_topic_attributes(self: Any) -> Any:
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        pending = [_waits(each) for each in list(self.backend.subscriptions.values()) if each.topic is topic]
        topic.subscriptions_pending, topic.subscriptions_confimed = pending.count(True), pending.count(False)
        return get(self)

    patching.replace(SNSResponse, "get_topic_attributes", get_topic_attributes)


@patching.owner
def empty_messages() -> None:
    """A message may be empty."""
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    publish = SNSBackend.publish

    def publish_some(self: Any, message: str, *rest: Any, **named: Any) -> Any:
        if not message:
            raise SNSInvalidParameter("Invalid parameter: Empty message")
        return publish(self, message, *rest, **named)

    patching.replace(SNSBackend, "publish", publish_some)


@patching.owner
def structures() -> None:
    """A message without a text for one protocol is delivered to the others before it is refused.

    Reference: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: MessageStructure
    """
    from moto.sns.exceptions import InvalidParameterValue
    from moto.sns.models import SNSBackend

    publish = SNSBackend.publish

    def publish_whole(self: Any, message: str, *rest: Any, **named: Any) -> Any:
        if named.get("message_structure") == "json" and "default" not in (_object(message) or {}):
            problem = (
                "JSON message body failed to parse"
                if _object(message) is None
                else "No default entry in JSON message body"
            )
            raise InvalidParameterValue(f"Invalid parameter: Message Structure - {problem}")
        return publish(self, message, *rest, **named)

    patching.replace(SNSBackend, "publish", publish_whole, after="moto_patches.sns.empty_messages")


@patching.owner
def attributes_of_topics() -> None:
    """Any attribute is kept, and a policy that is no JSON ends in an error of Python.

    Reference: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
    """
    from moto.core.utils import camelcase_to_underscores
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    from local_cloud.services.iam import policy

    make, change = SNSBackend.create_topic, SNSBackend.set_topic_attribute

    def check_policy(value: Any) -> None:
        try:
            policy.check(value)
        except policy.MalformedPolicyError as error:
            raise SNSInvalidParameter("Invalid parameter: Policy Error: null") from error

    def set_topic_attribute(self: Any, topic_arn: str, name: str, value: Any) -> None:
        if name not in _ATTRIBUTES:
            raise SNSInvalidParameter("Invalid parameter: AttributeName")
        if name == "policy":
            check_policy(value)
        change(self, topic_arn, name, value)

    def create_topic(self: Any, name: str, attributes: dict[str, Any] | None = None, tags: Any = None) -> Any:
        for attribute, value in (attributes or {}).items():
            if camelcase_to_underscores(attribute) not in _ATTRIBUTES | {"fifo_topic"}:
                raise SNSInvalidParameter(f"Invalid parameter: Attributes Reason: Unknown attribute {attribute}")
            if attribute == "Policy":
                check_policy(value)
        return make(self, name, attributes, tags)

    patching.replace(SNSBackend, "set_topic_attribute", set_topic_attribute)
    patching.replace(SNSBackend, "create_topic", create_topic, after="moto_patches.sns.fifo_topics")


# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
_OF_KMS = {
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
}


@patching.owner
def keys() -> None:
    """Messages are taken for a topic whose key is disabled, waits for its deletion or is not there."""
    from moto.sns.exceptions import SNSException
    from moto.sns.models import SNSBackend

    from local_cloud.services import kms

    publish, publish_batch = SNSBackend.publish, SNSBackend.publish_batch

    def check(backend: Any, arn: str | None) -> None:
        topic = backend.topics.get(arn)
        key_id = topic.kms_master_key_id if topic else None
        if key_id and (found := kms.unusable(key_id, account_id=backend.account_id, region=backend.region_name)):
            code, message = found
            raise SNSException(_OF_KMS[code], kms.as_passed_on(code, message))

    def publish_encrypted(self: Any, message: str, arn: str | None, *rest: Any, **named: Any) -> Any:
        check(self, arn)
        return publish(self, message, arn, *rest, **named)

    def publish_batch_encrypted(self: Any, topic_arn: str, *rest: Any, **named: Any) -> Any:
        check(self, topic_arn)
        return publish_batch(self, topic_arn, *rest, **named)

    patching.replace(SNSBackend, "publish", publish_encrypted, after="moto_patches.sns.structures")
    patching.replace(SNSBackend, "publish_batch", publish_batch_encrypted)


# In moto's spelling; feedback roles and the like are settings of deliveries that are not logged here.
_ATTRIBUTES = {
    "delivery_policy",
    "display_name",
    "kms_master_key_id",
    "policy",
    "signature_version",
    "tracing_config",
}


def _object(text: str) -> dict[str, Any] | None:
    """A JSON object; None for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
