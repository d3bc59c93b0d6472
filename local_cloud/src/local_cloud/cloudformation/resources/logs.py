"""AWS::Logs::LogGroup."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_map


def _create(context: Context, properties: Properties) -> Made:
    client = context.client("logs")
    name = properties.get("LogGroupName") or context.generated_name(most=512)
    request = {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
    client.create_log_group(logGroupName=name, tags=tag_map(properties), **request)
    _retention(client, name, properties)
    return Made(physical_id=name, attributes=_attributes(context, name))


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("logs")
    _retention(client, physical_id, new)
    arn = context.arn("logs", f"log-group:{physical_id}")
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(resourceArn=arn, tags=tag_map(tags)),
        drop=lambda keys: client.untag_resource(resourceArn=arn, tagKeys=keys),
    )
    return _attributes(context, physical_id)


def _retention(client: Any, name: str, properties: Properties) -> None:
    if "RetentionInDays" in properties:
        client.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))


def _attributes(context: Context, name: str) -> dict[str, Any]:
    return {"Arn": f"{context.arn('logs', f'log-group:{name}')}:*"}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("logs").delete_log_group(logGroupName=physical_id)


register(
    ResourceType(
        name="AWS::Logs::LogGroup",
        properties=frozenset({"LogGroupName", "RetentionInDays", "KmsKeyId", "Tags"}),
        create_only=frozenset({"LogGroupName"}),
        named="LogGroupName",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
