"""AWS::Lambda::Function, Version, Alias and Permission."""

import contextlib
from collections.abc import Mapping
from typing import Any

from local_cloud.cloudformation import inline_code
from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_map

_CONFIGURATION = (
    "Role",
    "Handler",
    "Runtime",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "LoggingConfig",
    "DeadLetterConfig",
    "EphemeralStorage",
    "TracingConfig",
    "VpcConfig",
)
_PACKAGE = "PackageType"


def _configuration(properties: Properties) -> dict[str, Any]:
    return {name: properties[name] for name in _CONFIGURATION if name in properties}


def _code(properties: Properties) -> dict[str, Any]:
    code: dict[str, Any] = properties["Code"]
    if "ZipFile" not in code:
        return code
    return {**code, "ZipFile": inline_code.archive(code["ZipFile"], str(properties.get("Runtime", "")))}


def _create(context: Context, properties: Properties) -> Made:
    if properties.get(_PACKAGE, "Zip") != "Zip":
        raise ResourceFailure("the local cloud does not emulate PackageType Image of a function; use Zip")
    name = properties.get("FunctionName") or context.generated_name()
    function = context.client("lambda").create_function(
        FunctionName=name,
        Code=_code(properties),
        Architectures=properties.get("Architectures", ["x86_64"]),
        Tags=tag_map(properties),
        **_configuration(properties),
    )
    return Made(physical_id=name, attributes={"Arn": function["FunctionArn"]})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("lambda")
    if old["Code"] != new["Code"]:
        client.update_function_code(FunctionName=physical_id, **_code(new))
    # A function without the property leaves its network.
    network: dict[str, Any] = {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}} if "VpcConfig" in old else {}
    client.update_function_configuration(FunctionName=physical_id, **{**network, **_configuration(new)})
    arn = client.get_function(FunctionName=physical_id)["Configuration"]["FunctionArn"]
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(Resource=arn, Tags=tag_map(tags)),
        drop=lambda keys: client.untag_resource(Resource=arn, TagKeys=keys),
    )
    return {"Arn": arn}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("lambda").delete_function(FunctionName=physical_id)


register(
    ResourceType(
        name="AWS::Lambda::Function",
        properties=frozenset({"FunctionName", "Code", "Architectures", "Tags", _PACKAGE, *_CONFIGURATION}),
        create_only=frozenset({"FunctionName", _PACKAGE}),
        named="FunctionName",
        create=_create,
        update=_update,
        delete=_delete,
    )
)

_VERSION = ("FunctionName", "CodeSha256", "Description")


def _publish(context: Context, properties: Properties) -> Made:
    client, name = context.client("lambda"), properties["FunctionName"]
    before = {found["Version"] for found in client.list_versions_by_function(FunctionName=name)["Versions"]}
    version = client.publish_version(**{key: properties[key] for key in _VERSION if key in properties})
    number = version["Version"]
    if number in before:
        raise ResourceFailure(
            f"A version for this Lambda function exists ( {number} ). Modify the function to create a new version."
        )
    arn = version["FunctionArn"]
    return Made(physical_id=arn, attributes={"FunctionArn": arn, "Version": number})


def _unpublish(context: Context, physical_id: str, _properties: Properties) -> None:
    client = context.client("lambda")
    # The function may be gone already, and its versions with it.
    with contextlib.suppress(client.exceptions.ResourceNotFoundException):
        client.delete_function(FunctionName=physical_id)


register(
    ResourceType(
        name="AWS::Lambda::Version",
        properties=frozenset(_VERSION),
        create_only=frozenset(_VERSION),
        create=_publish,
        delete=_unpublish,
    )
)


def _alias(properties: Properties) -> dict[str, Any]:
    weights: dict[str, float] = {}
    routing = properties.get("RoutingConfig")
    if isinstance(routing, Mapping):
        shares = routing.get("AdditionalVersionWeights", [])
        weights = {str(share["FunctionVersion"]): float(share["FunctionWeight"]) for share in shares}
    return {
        "FunctionName": properties["FunctionName"],
        "Name": properties["Name"],
        "FunctionVersion": str(properties["FunctionVersion"]),
        "Description": properties.get("Description", ""),
        "RoutingConfig": {"AdditionalVersionWeights": weights},
    }


def _create_alias(context: Context, properties: Properties) -> Made:
    arn = context.client("lambda").create_alias(**_alias(properties))["AliasArn"]
    return Made(physical_id=arn, attributes={"AliasArn": arn})


def _update_alias(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    context.client("lambda").update_alias(**_alias(new))
    return {"AliasArn": physical_id}


def _delete_alias(context: Context, physical_id: str, _properties: Properties) -> None:
    client = context.client("lambda")
    function, name = physical_id.rsplit(":", 1)
    with contextlib.suppress(client.exceptions.ResourceNotFoundException):
        client.delete_alias(FunctionName=function, Name=name)


register(
    ResourceType(
        name="AWS::Lambda::Alias",
        properties=frozenset({"FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig"}),
        create_only=frozenset({"FunctionName", "Name"}),
        create=_create_alias,
        update=_update_alias,
        delete=_delete_alias,
    )
)

_PERMISSION = ("Action", "FunctionName", "Principal", "SourceArn", "SourceAccount")


def _permit(context: Context, properties: Properties) -> Made:
    # Lambda wants an id for the statement; CloudFormation makes it from the resource's.
    statement_id = context.generated_name(most=100)
    context.client("lambda").add_permission(
        StatementId=statement_id, **{name: properties[name] for name in _PERMISSION if name in properties}
    )
    return Made(physical_id=statement_id, attributes={"Id": statement_id})


def _forbid(context: Context, physical_id: str, properties: Properties) -> None:
    client = context.client("lambda")
    # The function may be gone already, and its permissions with it.
    with contextlib.suppress(client.exceptions.ResourceNotFoundException):
        client.remove_permission(FunctionName=properties["FunctionName"], StatementId=physical_id)


register(
    ResourceType(
        name="AWS::Lambda::Permission",
        properties=frozenset(_PERMISSION),
        create_only=frozenset(_PERMISSION),
        create=_permit,
        delete=_forbid,
    )
)
