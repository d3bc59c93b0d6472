"""AWS::Glue::Job."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, tag_map


def _definition(properties: Properties) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key not in {"Name", "Tags"}}


def _create(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.generated_name(most=255)
    context.client("glue").create_job(Name=name, Tags=tag_map(properties), **_definition(properties))
    return Made(physical_id=name)


def _update(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("glue")
    client.update_job(JobName=physical_id, JobUpdate=_definition(new))
    if new.get("Tags"):
        client.tag_resource(ResourceArn=context.arn("glue", f"job/{physical_id}"), TagsToAdd=tag_map(new))
    return {}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("glue").delete_job(JobName=physical_id)


register(
    ResourceType(
        name="AWS::Glue::Job",
        properties=frozenset(
            {
                "Name",
                "Role",
                "Command",
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
        create=_create,
        update=_update,
        delete=_delete,
    )
)
