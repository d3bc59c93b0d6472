"""AWS::Scheduler::Schedule and ScheduleGroup."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list

_SCHEDULE = frozenset(
    {
        "Name",
        "GroupName",
        "Description",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "State",
        "FlexibleTimeWindow",
        "Target",
        "StartDate",
        "EndDate",
        "KmsKeyArn",
    }
)


def _create_schedule(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.generated_name()
    arn = context.client("scheduler").create_schedule(**{**properties, "Name": name})["ScheduleArn"]
    return Made(physical_id=name, attributes={"Arn": arn})


def _update_schedule(context: Context, physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    return {"Arn": context.client("scheduler").update_schedule(**{**new, "Name": physical_id})["ScheduleArn"]}


def _delete_schedule(context: Context, physical_id: str, properties: Properties) -> None:
    context.client("scheduler").delete_schedule(Name=physical_id, GroupName=properties.get("GroupName", "default"))


def _create_group(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.generated_name()
    arn = context.client("scheduler").create_schedule_group(Name=name, Tags=tag_list(properties))["ScheduleGroupArn"]
    return Made(physical_id=name, attributes={"Arn": arn})


def _update_group(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    arn = context.arn("scheduler", f"schedule-group/{physical_id}")
    client = context.client("scheduler")
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(ResourceArn=arn, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(ResourceArn=arn, TagKeys=keys),
    )
    return {"Arn": arn}


def _delete_group(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("scheduler").delete_schedule_group(Name=physical_id)


register(
    ResourceType(
        name="AWS::Scheduler::Schedule",
        properties=_SCHEDULE,
        create_only=frozenset({"Name", "GroupName"}),
        named="Name",
        create=_create_schedule,
        update=_update_schedule,
        delete=_delete_schedule,
    )
)
register(
    ResourceType(
        name="AWS::Scheduler::ScheduleGroup",
        properties=frozenset({"Name", "Tags"}),
        create_only=frozenset({"Name"}),
        named="Name",
        create=_create_group,
        update=_update_group,
        delete=_delete_group,
    )
)
