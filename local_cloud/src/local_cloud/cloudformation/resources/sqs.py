"""AWS::SQS::Queue and QueuePolicy."""

import json
from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_map
from local_cloud.kernel.services import backends

# With what a queue has that says nothing, where there is a value that says so.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_ATTRIBUTES: dict[str, str | None] = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": None,
    "DelaySeconds": "0",
    "FifoThroughputLimit": None,
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": None,
    "VisibilityTimeout": "30",
}
_FIFO = "FifoQueue"


def _attributes(properties: Properties) -> dict[str, str]:
    return {name: _text(properties[name]) for name in (*_ATTRIBUTES, _FIFO) if name in properties}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _create_queue(context: Context, properties: Properties) -> Made:
    client = context.client("sqs")
    # The name of such a queue has to end so.
    end = ".fifo" if _text(properties.get(_FIFO, False)) == "true" else ""
    name = properties.get("QueueName") or context.generated_name(most=80 - len(end)) + end
    url = client.create_queue(QueueName=name, Attributes=_attributes(properties), tags=tag_map(properties))["QueueUrl"]
    return Made(physical_id=url, attributes={"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _update_queue(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("sqs")
    before, after = _attributes(old), _attributes(new)
    gone = {name: default for name, default in _ATTRIBUTES.items() if name in before and name not in after}
    reset = {name: default for name, default in gone.items() if default is not None}
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if attributes := {**reset, **changed}:
        client.set_queue_attributes(QueueUrl=physical_id, Attributes=attributes)
    retag(
        old,
        new,
        put=lambda tags: client.tag_queue(QueueUrl=physical_id, Tags=tag_map(tags)),
        drop=lambda keys: client.untag_queue(QueueUrl=physical_id, TagKeys=keys),
    )
    name = physical_id.rsplit("/", maxsplit=1)[-1]
    return {"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": physical_id}


def _delete_queue(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("sqs").delete_queue(QueueUrl=physical_id)


def _create_policy(context: Context, properties: Properties) -> Made:
    _update_policy(context, "", {}, properties)
    return Made(physical_id=context.generated_name())


def _update_policy(context: Context, _physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    for url in new["Queues"]:
        context.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": json.dumps(new["PolicyDocument"])}
        )
    return {}


def _delete_policy(context: Context, _physical_id: str, properties: Properties) -> None:
    for url in properties["Queues"]:
        context.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


def _is_taken(context: Context, properties: Properties) -> bool:
    return properties["QueueName"] in backends("sqs")[context.account_id][context.region].queues


register(
    ResourceType(
        name="AWS::SQS::Queue",
        properties=frozenset({"QueueName", "Tags", _FIFO, *_ATTRIBUTES}),
        create_only=frozenset({"QueueName", _FIFO}),
        named="QueueName",
        taken=_is_taken,
        create=_create_queue,
        update=_update_queue,
        delete=_delete_queue,
    )
)
register(
    ResourceType(
        name="AWS::SQS::QueuePolicy",
        properties=frozenset({"Queues", "PolicyDocument"}),
        create=_create_policy,
        update=_update_policy,
        delete=_delete_policy,
    )
)
