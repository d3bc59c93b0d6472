"""AWS::CodeBuild::Project."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, tag_list

_GENERATED = 27
_PLAIN = (
    "Description",
    "ServiceRole",
    "EncryptionKey",
    "TimeoutInMinutes",
    "QueuedTimeoutInMinutes",
    "SourceVersion",
    "ConcurrentBuildLimit",
)
# What a property is after an update that leaves it out.
_EMPTY: dict[str, Any] = {
    "SecondarySources": [],
    "SecondarySourceVersions": [],
    "SecondaryArtifacts": [],
    "Cache": {"type": "NO_CACHE"},
    "LogsConfig": {},
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProject.html
    "ConcurrentBuildLimit": -1,
}
# Where the service's API writes a name otherwise.
_NAMES = {"BuildSpec": "buildspec", "InsecureSSL": "insecureSsl"}
_STRUCTURES = (
    "Source",
    "SecondarySources",
    "SecondarySourceVersions",
    "Artifacts",
    "SecondaryArtifacts",
    "Environment",
    "Cache",
    "LogsConfig",
    "VpcConfig",
)


def _create(context: Context, properties: Properties) -> Made:
    # Unlike other names it is made of the logical id alone, such as PipelineBuildSynthCdkBuildP-dNwUTgIZHZgO.
    name = str(properties.get("Name") or f"{context.logical_id[:_GENERATED]}-{context.suffix}")
    project = context.client("codebuild").create_project(name=name, **_definition(properties))["project"]
    return Made(physical_id=name, attributes={"Arn": project["arn"]})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    left_out = {_field(name): empty for name, empty in _EMPTY.items() if name in old and name not in new}
    project = context.client("codebuild").update_project(name=physical_id, **left_out, **_definition(new))["project"]
    return {"Arn": project["arn"]}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("codebuild").delete_project(name=physical_id)


def _definition(properties: Properties) -> dict[str, Any]:
    request = {_field(name): properties[name] for name in _PLAIN if name in properties}
    request |= {_field(name): _fields(properties[name]) for name in _STRUCTURES if name in properties}
    # An empty list removes those that a project has.
    return {**request, "tags": tag_list(properties, "key", "value")}


def _fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {_field(name): _fields(item) for name, item in value.items()}
    return [_fields(item) for item in value] if isinstance(value, list) else value


def _field(name: str) -> str:
    """Name of a property in the service's API."""
    return _NAMES.get(name) or name[0].lower() + name[1:]


register(
    ResourceType(
        name="AWS::CodeBuild::Project",
        properties=frozenset({"Name", "Tags", *_PLAIN, *_STRUCTURES}),
        create_only=frozenset({"Name"}),
        named="Name",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
