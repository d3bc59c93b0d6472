"""AWS::Events::Rule and EventBusPolicy."""

import json
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list
from local_cloud.kernel.services import backends


def _put_rule(context: Context, name: str, properties: Properties, **more: Any) -> dict[str, Any]:
    request = {key: properties[key] for key in ("Description", "State", "RoleArn") if key in properties}
    if "EventPattern" in properties:
        request["EventPattern"] = json.dumps(properties["EventPattern"])
    client = context.client("events")
    arn = client.put_rule(Name=name, EventBusName=_bus(properties), **request, **more)["RuleArn"]
    targets = [dict(target) for target in properties.get("Targets", [])]
    if targets:
        client.put_targets(Rule=name, EventBusName=_bus(properties), Targets=[_typed(target) for target in targets])
    return {"Arn": arn}


def _typed(target: dict[str, Any]) -> dict[str, Any]:
    # Templates write numbers as text too.
    if "RetryPolicy" in target:
        target["RetryPolicy"] = {key: int(value) for key, value in target["RetryPolicy"].items()}
    return target


def _create_rule(context: Context, properties: Properties) -> Made:
    name = str(properties.get("Name") or context.generated_name())
    try:
        attributes = _put_rule(context, name, properties, Tags=tag_list(properties))
    except ClientError:
        # Nobody would remove a rule whose targets were refused.
        context.client("events").delete_rule(Name=name, EventBusName=_bus(properties))
        raise
    return Made(physical_id=_rule_id(name, properties), attributes=attributes)


def _update_rule(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    name = _rule_name(physical_id)
    kept = {target["Id"] for target in new.get("Targets", [])}
    gone = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in kept]
    if gone:
        context.client("events").remove_targets(Rule=name, EventBusName=_bus(new), Ids=gone)
    attributes = _put_rule(context, name, new)
    # PutRule leaves those of a rule that exists alone.
    client, arn = context.client("events"), attributes["Arn"]
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(ResourceARN=arn, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(ResourceARN=arn, TagKeys=keys),
    )
    return attributes


def _delete_rule(context: Context, physical_id: str, properties: Properties) -> None:
    client, name, bus = context.client("events"), _rule_name(physical_id), _bus(properties)
    ids = [target["Id"] for target in properties.get("Targets", [])]
    if ids:
        client.remove_targets(Rule=name, EventBusName=bus, Ids=ids)
    client.delete_rule(Name=name, EventBusName=bus)


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName") or "default")


def _rule_id(name: str, properties: Properties) -> str:
    """What Ref gives: the name, after the bus unless that is the default one."""
    bus = _bus(properties).rsplit("/", maxsplit=1)[-1]
    return name if bus == "default" else f"{bus}|{name}"


def _rule_name(physical_id: str) -> str:
    return physical_id.rsplit("|", maxsplit=1)[-1]


def _create_policy(context: Context, properties: Properties) -> Made:
    if "Statement" not in properties:
        raise ResourceFailure("the local cloud takes AWS::Events::EventBusPolicy with a Statement only")
    _write(context, properties, {**_others(context, properties), properties["StatementId"]: properties["Statement"]})
    return Made(physical_id=f"event-bus-{properties['StatementId']}")


def _update_policy(context: Context, _physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    _create_policy(context, new)
    return {}


def _delete_policy(context: Context, _physical_id: str, properties: Properties) -> None:
    client = context.client("events")
    client.remove_permission(StatementId=properties["StatementId"], EventBusName=_bus(properties))


def _others(context: Context, properties: Properties) -> dict[str, Any]:
    """The bus's statements by their id: PutPermission replaces the whole policy."""
    described = context.client("events").describe_event_bus(Name=_bus(properties))
    statements = json.loads(described["Policy"])["Statement"] if described.get("Policy") else []
    return {statement["Sid"]: statement for statement in statements}


def _write(context: Context, properties: Properties, statements: dict[str, Any]) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{**statement, "Sid": sid} for sid, statement in statements.items()],
    }
    context.client("events").put_permission(EventBusName=_bus(properties), Policy=json.dumps(document))


def _is_taken(context: Context, properties: Properties) -> bool:
    buses = backends("events")[context.account_id][context.region].event_buses
    bus = buses.get(_bus(properties).rsplit("/", maxsplit=1)[-1])
    return bus is not None and properties["Name"] in bus.rules


def _is_said(context: Context, properties: Properties) -> bool:
    return properties["StatementId"] in _others(context, properties)


register(
    ResourceType(
        name="AWS::Events::Rule",
        properties=frozenset(
            {"Name", "Description", "EventBusName", "EventPattern", "State", "RoleArn", "Targets", "Tags"}
        ),
        create_only=frozenset({"Name", "EventBusName"}),
        named="Name",
        taken=_is_taken,
        create=_create_rule,
        update=_update_rule,
        delete=_delete_rule,
    )
)
register(
    ResourceType(
        name="AWS::Events::EventBusPolicy",
        properties=frozenset({"EventBusName", "StatementId", "Statement"}),
        create_only=frozenset({"EventBusName", "StatementId"}),
        named="StatementId",
        taken=_is_said,
        create=_create_policy,
        update=_update_policy,
        delete=_delete_policy,
    )
)
