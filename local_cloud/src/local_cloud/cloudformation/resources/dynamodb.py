"""AWS::DynamoDB::Table."""

from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list


def _specification(properties: Properties) -> dict[str, Any]:
    request = {
        name: properties[name]
        for name in (
            "AttributeDefinitions",
            "KeySchema",
            "BillingMode",
            "ProvisionedThroughput",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
            "TableClass",
        )
        if name in properties
    }
    request["DeletionProtectionEnabled"] = _is_true(properties.get("DeletionProtectionEnabled", False))
    if "SSESpecification" in properties:
        sse = dict(properties["SSESpecification"])
        request["SSESpecification"] = {"Enabled": sse.pop("SSEEnabled", True), **sse}
    return request


def _create(context: Context, properties: Properties) -> Made:
    client = context.client("dynamodb")
    name = properties.get("TableName") or context.generated_name(most=255)
    table = client.create_table(TableName=name, **_specification(properties), Tags=tag_list(properties))
    _backups(client, name, properties)
    _expiry(client, name, {}, properties)
    return Made(physical_id=name, attributes={"Arn": table["TableDescription"]["TableArn"]})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("dynamodb")
    request = _specification(new)
    for name in ("KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        request.pop(name, None)
    if updates := _index_updates(old, new):
        request["GlobalSecondaryIndexUpdates"] = updates
    client.update_table(TableName=physical_id, **request)
    _backups(client, physical_id, new)
    _expiry(client, physical_id, old, new)
    arn = client.describe_table(TableName=physical_id)["Table"]["TableArn"]
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(ResourceArn=arn, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(ResourceArn=arn, TagKeys=keys),
    )
    return {"Arn": arn}


def _backups(client: Any, name: str, properties: Properties) -> None:
    specification = properties.get("PointInTimeRecoverySpecification")
    if specification:
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _index_updates(old: Properties, new: Properties) -> list[dict[str, Any]]:
    """The one index that may be made or removed at a time, and those whose capacity changes."""
    before, after = (
        {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", [])}
        for properties in (old, new)
    )
    made = [{"Create": after[name]} for name in after if name not in before]
    gone = [{"Delete": {"IndexName": name}} for name in before if name not in after]
    if len(made) + len(gone) > 1:
        raise ResourceFailure("Cannot perform more than one GSI creation or deletion in a single update")
    changed = []
    for name in after.keys() & before.keys():
        index, was = after[name], before[name]
        if any(index.get(part) != was.get(part) for part in ("KeySchema", "Projection")):
            raise ResourceFailure(
                f"Cannot update GSI's properties other than Provisioned Throughput. You can create a new GSI with a "
                f"different name than {name}."
            )
        throughput = index.get("ProvisionedThroughput")
        # One of a table that is paid for by request has none, which UpdateTable sees to by itself.
        if throughput and throughput != was.get("ProvisionedThroughput"):
            changed.append({"Update": {"IndexName": name, "ProvisionedThroughput": throughput}})
    return [*made, *gone, *changed]


def _expiry(client: Any, name: str, old: Properties, new: Properties) -> None:
    specification, before = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
    if specification is None and before is not None:
        specification = {**before, "Enabled": False}
    if specification is not None and specification != before:
        wanted = {**specification, "Enabled": _is_true(specification["Enabled"])}
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _is_replaced(old: Properties, new: Properties) -> bool:
    """Whether an attribute that both know gets another type."""
    before, after = (
        {item["AttributeName"]: item["AttributeType"] for item in properties.get("AttributeDefinitions", [])}
        for properties in (old, new)
    )
    return any(after[name] != before[name] for name in after.keys() & before.keys())


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
                "GlobalSecondaryIndexes",
                "LocalSecondaryIndexes",
                "TimeToLiveSpecification",
                "DeletionProtectionEnabled",
                "TableClass",
                "Tags",
            }
        ),
        create_only=frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"}),
        is_replaced=_is_replaced,
        named="TableName",
        create=_create,
        update=_update,
        delete=_delete,
        identifier="TableName",
        adopt=_adopt,
    )
)
