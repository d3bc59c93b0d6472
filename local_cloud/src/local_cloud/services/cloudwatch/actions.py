"""An alarm's change of state, and what it sets off: messages to SNS topics.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services import kms
from local_cloud.services.iam import policy, resource_policies
from local_cloud.services.iam.policy import Effect, Principal

_log = logging.getLogger(__name__)
SERVICE = "cloudwatch.amazonaws.com"
_LISTS = {"OK": "ok_actions", "ALARM": "alarm_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}
_REGIONS = {"us-east-1": "US East (N. Virginia)", "us-west-2": "US West (Oregon)", "eu-west-1": "EU (Ireland)"}


def change_state(alarm: Any, value: str, reason: str, reason_data: str | None, *, at: float) -> None:
    """Put an alarm into a state; its actions for that state follow.

    Args:
        alarm: moto's.
        value: the new state.
        reason: in words.
        reason_data: as JSON.
        at: virtual seconds since the epoch.
    """
    old = alarm.state_value
    alarm.update_state(reason, reason_data, value)
    changed(alarm, old=old, at=at)


def changed(alarm: Any, *, old: str, at: float) -> None:
    """Note when, and run the actions if they are enabled and the state is another one."""
    alarm.state_updated_timestamp = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    if alarm.state_value == "ALARM":
        # A deployment that the alarm guards rolls back even if the alarm has recovered when it looks.
        alarm.lc_last_in_alarm = at
    if old == alarm.state_value or not alarm.actions_enabled:
        return
    for arn in getattr(alarm, _LISTS[alarm.state_value]) or ():
        problem = _publish(alarm, arn, old)
        if problem:
            _log.warning("alarm %s: action %s failed: %s", alarm.name, arn, problem)


def _publish(alarm: Any, topic_arn: str, old: str) -> str | None:
    """Publish to a topic; returns why not."""
    if topic_arn.split(":")[2] != "sns":
        return "the local cloud runs actions of SNS topics only"
    region, account_id = topic_arn.split(":")[3:5]
    topic = backends("sns")[account_id][region].topics.get(topic_arn)
    if topic is None:
        return "the topic does not exist"
    if not _may_publish(alarm, topic_arn):
        return f"the topic's policy does not allow {SERVICE} to publish"
    key_id = topic.kms_master_key_id
    if key_id and (found := kms.unusable(key_id, account_id=account_id, region=region)):
        return found[1]
    place = _REGIONS.get(alarm.region_name, alarm.region_name)
    topic.publish(
        message=json.dumps(_message(alarm, old, place)),
        subject=f'{alarm.state_value}: "{alarm.name}" in {place}',
    )
    return None


def _may_publish(alarm: Any, topic_arn: str) -> bool:
    """CloudWatch publishes for the alarm's account, as the default policy allows, or under its own name."""
    owner = alarm.alarm_arn.split(":")[4]
    document = resource_policies.of_resource(topic_arn)
    context = {"aws:sourcearn": alarm.alarm_arn, "aws:sourceaccount": owner, "aws:sourceowner": owner}
    return document is not None and any(
        policy.evaluate([document], action="sns:Publish", resource=topic_arn, context=context, principal=principal)
        is Effect.ALLOW
        for principal in (Principal(arn=SERVICE, service=SERVICE), Principal(arn=owner, account_id=owner))
    )


def _message(alarm: Any, old: str, place: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.alarm_arn.split(":")[4],
        "AlarmConfigurationUpdatedTimestamp": _moment(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _moment(alarm.state_updated_timestamp),
        "Region": place,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": "Statistic" if alarm.statistic else "ExtendedStatistic",
            "Statistic": (alarm.statistic or alarm.extended_statistic).upper(),
            "Unit": alarm.unit,
            "Dimensions": [{"name": item.name, "value": item.value} for item in alarm.dimensions],
            "Period": int(alarm.period),
            "EvaluationPeriods": int(alarm.evaluation_periods),
            "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": float(alarm.threshold),
            "TreatMissingData": alarm.treat_missing_data or "missing",
            "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
        },
    }


def _moment(value: Any) -> str:
    return str(value.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
