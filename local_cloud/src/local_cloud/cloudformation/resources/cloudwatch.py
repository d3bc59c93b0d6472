"""AWS::CloudWatch::Alarm."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list
from local_cloud.kernel.services import backends

_WHOLE_NUMBERS = ("DatapointsToAlarm", "EvaluationPeriods", "Period")


def _create(context: Context, properties: Properties) -> Made:
    name = properties.get("AlarmName") or context.generated_name(most=255)
    return Made(physical_id=name, attributes=_put(context, name, properties, tags=tag_list(properties)))


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    attributes = _put(context, physical_id, new, tags=[])
    client, arn = context.client("cloudwatch"), attributes["Arn"]
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(ResourceARN=arn, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(ResourceARN=arn, TagKeys=keys),
    )
    return attributes


def _put(context: Context, name: str, properties: Properties, *, tags: list[dict[str, str]]) -> dict[str, Any]:
    request = {key: value for key, value in properties.items() if key not in {"AlarmName", "Tags"}}
    for key in _WHOLE_NUMBERS:
        if key in request:
            request[key] = int(request[key])
    if "Threshold" in request:
        request["Threshold"] = float(request["Threshold"])
    if "ActionsEnabled" in request:
        request["ActionsEnabled"] = str(request["ActionsEnabled"]).lower() == "true"
    context.client("cloudwatch").put_metric_alarm(AlarmName=name, **request, **({"Tags": tags} if tags else {}))
    return {"Arn": context.arn("cloudwatch", f"alarm:{name}")}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("cloudwatch").delete_alarms(AlarmNames=[physical_id])


def _is_taken(context: Context, properties: Properties) -> bool:
    return properties["AlarmName"] in backends("cloudwatch")[context.account_id][context.region].alarms


register(
    ResourceType(
        name="AWS::CloudWatch::Alarm",
        properties=frozenset(
            {
                "ActionsEnabled",
                "AlarmActions",
                "AlarmDescription",
                "AlarmName",
                "ComparisonOperator",
                "DatapointsToAlarm",
                "Dimensions",
                "EvaluateLowSampleCountPercentile",
                "EvaluationPeriods",
                "ExtendedStatistic",
                "InsufficientDataActions",
                "MetricName",
                "Namespace",
                "OKActions",
                "Period",
                "Statistic",
                "Tags",
                "Threshold",
                "TreatMissingData",
                "Unit",
            }
        ),
        create_only=frozenset({"AlarmName"}),
        named="AlarmName",
        taken=_is_taken,
        create=_create,
        update=_update,
        delete=_delete,
    )
)
