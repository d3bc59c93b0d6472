"""AWS::DynamoDB::Table."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, tag_list


def _specification(properties: Properties) -> dict[str, Any]:
    request = {
        name: properties[name]
        for name in ("AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput")
        if name in properties
    }
    if "SSESpecification" in properties:
        sse = dict(properties["SSESpecification"])
        request["SSESpecification"] = {"Enabled": sse.pop("SSEEnabled", True), **sse}
    return request


def _create(context: Context, properties: Properties) -> Made:
    client = context.client("dynamodb")
    name = properties.get("TableName") or context.generated_name(most=255)
    table = client.create_table(TableName=name, **_specification(properties), Tags=tag_list(properties))
    _backups(client, name, properties)
    return Made(physical_id=name, attributes={"Arn": table["TableDescription"]["TableArn"]})


def _update(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("dynamodb")
    request = _specification(new)
    request.pop("KeySchema")
    client.update_table(TableName=physical_id, **request)
    _backups(client, physical_id, new)
    arn = client.describe_table(TableName=physical_id)["Table"]["TableArn"]
    if new.get("Tags"):
        client.tag_resource(ResourceArn=arn, Tags=tag_list(new))
    return {"Arn": arn}


def _backups(client: Any, name: str, properties: Properties) -> None:
    specification = properties.get("PointInTimeRecoverySpecification")
    if specification:
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _adopt(context: Context, physical_id: str) -> dict[str, Any]:
    return {"Arn": context.client("dynamodb").describe_table(TableName=physical_id)["Table"]["TableArn"]}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("dynamodb").delete_table(TableName=physical_id)


register(
    ResourceType(
        name="AWS::DynamoDB::Table",
        properties=frozenset(
            {
                "TableName",
                "AttributeDefinitions",
                "KeySchema",
                "BillingMode",
                "ProvisionedThroughput",
                "SSESpecification",
                "PointInTimeRecoverySpecification",
                "Tags",
            }
        ),
        create_only=frozenset({"TableName", "KeySchema"}),
        named="TableName",
        create=_create,
        update=_update,
        delete=_delete,
        identifier="TableName",
        adopt=_adopt,
    )
)
