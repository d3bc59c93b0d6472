"""AWS::Lambda::Function and Permission."""

import contextlib
import io
import zipfile
from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, tag_map

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
    "VpcConfig",
)


def _configuration(properties: Properties) -> dict[str, Any]:
    return {name: properties[name] for name in _CONFIGURATION if name in properties}


def _code(code: dict[str, Any]) -> dict[str, Any]:
    """What the API takes; a text is the function's only file, named ``index``.

    Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    if "ZipFile" not in code:
        return code
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # With a date of its own, so that the same text is the same archive.
        archive.writestr(zipfile.ZipInfo("index.py"), code["ZipFile"])
    return {**code, "ZipFile": packed.getvalue()}


def _create(context: Context, properties: Properties) -> Made:
    name = properties.get("FunctionName") or context.generated_name()
    function = context.client("lambda").create_function(
        FunctionName=name,
        Code=_code(properties["Code"]),
        Architectures=properties.get("Architectures", ["x86_64"]),
        Tags=tag_map(properties),
        **_configuration(properties),
    )
    return Made(physical_id=name, attributes={"Arn": function["FunctionArn"]})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("lambda")
    if old["Code"] != new["Code"]:
        client.update_function_code(FunctionName=physical_id, **_code(new["Code"]))
    # A function without the property leaves its network.
    network: dict[str, Any] = {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}} if "VpcConfig" in old else {}
    client.update_function_configuration(FunctionName=physical_id, **{**network, **_configuration(new)})
    arn = client.get_function(FunctionName=physical_id)["Configuration"]["FunctionArn"]
    if new.get("Tags"):
        client.tag_resource(Resource=arn, Tags=tag_map(new))
    return {"Arn": arn}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("lambda").delete_function(FunctionName=physical_id)


register(
    ResourceType(
        name="AWS::Lambda::Function",
        properties=frozenset({"FunctionName", "Code", "Architectures", "Tags", *_CONFIGURATION}),
        create_only=frozenset({"FunctionName"}),
        named="FunctionName",
        create=_create,
        update=_update,
        delete=_delete,
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
