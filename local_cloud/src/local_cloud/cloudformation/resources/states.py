"""AWS::StepFunctions::StateMachine."""

import json
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list
from local_cloud.kernel.services import backends


def _definition(context: Context, properties: Properties) -> str:
    if "DefinitionString" in properties:
        text = str(properties["DefinitionString"])
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    elif "DefinitionS3Location" in properties:
        location = properties["DefinitionS3Location"]
        response = context.client("s3").get_object(Bucket=location["Bucket"], Key=location["Key"])
        text = response["Body"].read().decode()
    else:
        raise ResourceFailure("one of DefinitionString, Definition and DefinitionS3Location is required")
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def _logging(properties: Properties) -> dict[str, Any]:
    configuration = properties.get("LoggingConfiguration")
    if not configuration:
        return {}
    return {
        "loggingConfiguration": {
            "level": configuration.get("Level", "OFF"),
            "includeExecutionData": configuration.get("IncludeExecutionData", False),
            "destinations": [
                {"cloudWatchLogsLogGroup": {"logGroupArn": item["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
                for item in configuration.get("Destinations", [])
            ],
        }
    }


def _tracing(properties: Properties) -> dict[str, Any]:
    return {"tracingConfiguration": {"enabled": bool(properties.get("TracingConfiguration", {}).get("Enabled"))}}


def _create(context: Context, properties: Properties) -> Made:
    name = properties.get("StateMachineName") or context.generated_name(most=80)
    arn = context.client("stepfunctions").create_state_machine(
        name=name,
        definition=_definition(context, properties),
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
        tags=tag_list(properties, "key", "value"),
        **_logging(properties),
        **_tracing(properties),
    )["stateMachineArn"]
    return Made(physical_id=arn, attributes={"Arn": arn, "Name": name})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("stepfunctions")
    client.update_state_machine(
        stateMachineArn=physical_id,
        definition=_definition(context, new),
        roleArn=new["RoleArn"],
        **_logging(new),
        **_tracing(new),
    )
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(resourceArn=physical_id, tags=tag_list(tags, "key", "value")),
        drop=lambda keys: client.untag_resource(resourceArn=physical_id, tagKeys=keys),
    )
    return {"Arn": physical_id, "Name": physical_id.rsplit(":", maxsplit=1)[-1]}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("stepfunctions").delete_state_machine(stateMachineArn=physical_id)


def _is_taken(context: Context, properties: Properties) -> bool:
    machines = backends("stepfunctions")[context.account_id][context.region].state_machines
    return any(machine.name == properties["StateMachineName"] for machine in machines)


register(
    ResourceType(
        name="AWS::StepFunctions::StateMachine",
        properties=frozenset(
            {
                "StateMachineName",
                "StateMachineType",
                "Definition",
                "DefinitionString",
                "DefinitionS3Location",
                "DefinitionSubstitutions",
                "RoleArn",
                "LoggingConfiguration",
                "Tags",
                "TracingConfiguration",
            }
        ),
        create_only=frozenset({"StateMachineName", "StateMachineType"}),
        named="StateMachineName",
        taken=_is_taken,
        create=_create,
        update=_update,
        delete=_delete,
    )
)
