"""AWS::Glue::Job and Connection."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_map


def _definition(properties: Properties) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key not in {"Name", "Tags"}}


def _create(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.generated_name(most=255)
    context.client("glue").create_job(Name=name, Tags=tag_map(properties), **_definition(properties))
    return Made(physical_id=name)


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("glue")
    client.update_job(JobName=physical_id, JobUpdate=_definition(new))
    _retag(context, f"job/{physical_id}", old, new)
    return {}


def _retag(context: Context, resource: str, old: Properties, new: Properties) -> None:
    client, arn = context.client("glue"), context.arn("glue", resource)
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(ResourceArn=arn, TagsToAdd=tag_map(tags)),
        drop=lambda keys: client.untag_resource(ResourceArn=arn, TagsToRemove=keys),
    )


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("glue").delete_job(JobName=physical_id)


def _connection(properties: Properties) -> dict[str, Any]:
    # The API demands them, a template need not: a connection to a network alone has none.
    return {"ConnectionProperties": {}, **properties["ConnectionInput"]}


def _create_connection(context: Context, properties: Properties) -> Made:
    given = _connection(properties)
    name = given.get("Name") or context.generated_name(most=255).lower()
    context.client("glue").create_connection(
        CatalogId=properties["CatalogId"], ConnectionInput={**given, "Name": name}, Tags=tag_map(properties)
    )
    return Made(physical_id=name)


def _update_connection(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    given = {"Name": physical_id, **_connection(new)}
    context.client("glue").update_connection(CatalogId=new["CatalogId"], Name=physical_id, ConnectionInput=given)
    _retag(context, f"connection/{physical_id}", old, new)
    return {}


def _delete_connection(context: Context, physical_id: str, properties: Properties) -> None:
    context.client("glue").delete_connection(CatalogId=properties["CatalogId"], ConnectionName=physical_id)


register(
    ResourceType(
        name="AWS::Glue::Connection",
        properties=frozenset({"CatalogId", "ConnectionInput", "Tags"}),
        create_only=frozenset({"CatalogId"}),
        named="ConnectionInput.Name",
        create=_create_connection,
        update=_update_connection,
        delete=_delete_connection,
    )
)
register(
    ResourceType(
        name="AWS::Glue::Job",
        properties=frozenset(
            {
                "Name",
                "Role",
                "Command",
                "Connections",
                "DefaultArguments",
                "Description",
                "ExecutionProperty",
                "GlueVersion",
                "MaxRetries",
                "NumberOfWorkers",
                "WorkerType",
                "Timeout",
                "Tags",
                "JobRunQueuingEnabled",
            }
        ),
        create_only=frozenset({"Name"}),
        named="Name",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
