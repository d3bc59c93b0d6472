"""The keys behind encrypted topics, queues and tables, which the service uses in the name of who calls it.

References:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.iam.authorization import authorize, authorize_service
from local_cloud.services.iam.policy import Principal
from local_cloud.services.iam.requests import key_arn

_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
# DynamoDB encrypts with a table key of its own, which it asks KMS to decrypt.
_ACTIONS = {
    "sns:Publish": _WRITE,
    "sqs:SendMessage": _WRITE,
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    **{
        f"dynamodb:{operation}": ("kms:Decrypt",)
        for operation in (
            "GetItem",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "ConditionCheckItem",
            "BatchGetItem",
            "BatchWriteItem",
            "Query",
            "Scan",
        )
    },
}


def check_caller(principal: Principal, *, action: str, resource: str) -> None:
    """Check a caller's use of the key that encrypts a resource.

    Raises:
        AccessDeniedError: the caller may not use the key.
    """
    if principal.is_root or action not in _ACTIONS:
        return
    service, region, account_id = resource.split(":", 5)[2:5]
    key = _key_of(resource)
    for needed in _ACTIONS[action] if key else ():
        context = {"kms:viaservice": f"{service}.{region}.amazonaws.com"}
        authorize(principal, action=needed, resource=str(key), owner=account_id, context=context)


def check_service(service: str, *, action: str, resource: str, source_arn: str) -> None:
    """Check the use of the key by an AWS service that calls in its own name, which the key's policy has to allow.

    Raises:
        AccessDeniedError: it does not.
    """
    key = _key_of(resource)
    for needed in _ACTIONS.get(action, ()) if key else ():
        authorize_service(service, action=needed, resource=str(key), source_arn=source_arn)


def _key_of(resource: str) -> str | None:
    """ARN of the customer-managed key behind a resource, None without one."""
    parts = [*resource.split(":", 5), *[""] * 6]
    service, region, account_id, name = parts[2:6]
    key_id: Any = None
    if service == "sns":
        topic = backends("sns")[account_id][region].topics.get(resource)
        key_id = topic.kms_master_key_id if topic else None
    elif service == "sqs":
        queue: Any = backends("sqs")[account_id][region].queues.get(name)
        key_id = queue.kms_master_key_id if queue else None
    elif service == "dynamodb":
        table = backends("dynamodb")[account_id][region].tables.get(name.removeprefix("table/").split("/")[0])
        key_id = (table.sse_specification or {}).get("KMSMasterKeyId") if table else None
    if not key_id or str(key_id).rpartition(":")[2].startswith("alias/aws/"):
        return None
    return key_arn(str(key_id), account_id=account_id, region=region)
