"""Alarms of CloudWatch, without metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from local_cloud.services.cloudwatch import evaluation, validation
from local_cloud.services.cloudwatch.evaluation import Rule


def problem(request: Mapping[str, Any]) -> str | None:
    """What is wrong with PutMetricAlarm's request, None when nothing is."""
    return validation.problem(request)


def state(request: Mapping[str, Any], values: Sequence[float | None], *, current: str) -> str:
    """State of an alarm after some periods.

    Args:
        request: of PutMetricAlarm.
        values: of the statistic, oldest first; None where there were no data.
        current: state before.
    """
    rule = Rule(
        comparison=request["ComparisonOperator"],
        threshold=request["Threshold"],
        evaluation_periods=request["EvaluationPeriods"],
        datapoints_to_alarm=request["DatapointsToAlarm"],
        treat_missing=request["TreatMissingData"],
    )
    return evaluation.state(values, rule, current=current)
