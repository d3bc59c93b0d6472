"""AWS::CodePipeline::Pipeline.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html
"""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list

_NAMED = ("RoleArn", "PipelineType", "ExecutionMode")
_STRUCTURES = ("ArtifactStore", "Stages", "Variables", "Triggers")
_RESTARTS = "RestartExecutionOnUpdate"
# Its keys are the action's own, not CloudFormation's.
_AS_GIVEN = "Configuration"


def _create(context: Context, properties: Properties) -> Made:
    name = str(properties.get("Name") or context.generated_name(most=100))
    made = context.client("codepipeline").create_pipeline(
        pipeline=_definition(name, properties), tags=tag_list(properties, "key", "value")
    )["pipeline"]
    return Made(physical_id=name, attributes={"Version": str(made["version"])})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("codepipeline")
    made = client.update_pipeline(pipeline=_definition(physical_id, new))["pipeline"]
    arn = context.arn("codepipeline", physical_id)
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(resourceArn=arn, tags=tag_list(tags, "key", "value")),
        drop=lambda keys: client.untag_resource(resourceArn=arn, tagKeys=keys),
    )
    if _is_true(new.get(_RESTARTS)):
        client.start_pipeline_execution(name=physical_id)
    return {"Version": str(made["version"])}


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("codepipeline").delete_pipeline(name=physical_id)


def _definition(name: str, properties: Properties) -> dict[str, Any]:
    request = {_field(key): properties[key] for key in _NAMED if key in properties}
    request |= {_field(key): _fields(properties[key]) for key in _STRUCTURES if key in properties}
    if "ArtifactStores" in properties:
        stores = properties["ArtifactStores"]
        request["artifactStores"] = {item["Region"]: _fields(item["ArtifactStore"]) for item in stores}
    return {"name": name, **request}


def _fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {_field(name): _texts(item) if name == _AS_GIVEN else _fields(item) for name, item in value.items()}
    return [_fields(item) for item in value] if isinstance(value, list) else value


def _texts(configuration: dict[str, Any]) -> dict[str, str]:
    """CodePipeline takes texts only."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in configuration.items()
    }


def _field(name: str) -> str:
    """Name of a property in the service's API."""
    return name[0].lower() + name[1:]


register(
    ResourceType(
        name="AWS::CodePipeline::Pipeline",
        properties=frozenset({"Name", "ArtifactStores", "Tags", _RESTARTS, *_STRUCTURES, *_NAMED}),
        create_only=frozenset({"Name"}),
        named="Name",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
