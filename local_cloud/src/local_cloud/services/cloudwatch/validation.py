"""Which alarms PutMetricAlarm takes.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from collections.abc import Mapping
from typing import Any

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.cloudwatch.datapoints import PERCENTILE, STATISTICS
from local_cloud.services.cloudwatch.evaluation import COMPARISONS, TREATMENTS

_REQUIRED = ("AlarmName", "MetricName", "Namespace", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")
_SHORT_PERIODS = (10, 20, 30)
_MOST_SECONDS = 86400 * 7


def problem(request: Mapping[str, Any]) -> str | None:
    """Why an alarm is refused, None if it is not.

    Raises:
        NotEmulatedError: AWS would take it.
    """
    given = {name: value for name, value in request.items() if value not in (None, [], "")}
    missing = [name for name in _REQUIRED if name not in given]
    if missing:
        return f"The parameter {missing[0]} is required."
    return _wrong_values(given) or _wrong_actions(given)


def _wrong_values(given: Mapping[str, Any]) -> str | None:
    period, periods = int(given["Period"]), int(given["EvaluationPeriods"])
    datapoints = int(given.get("DatapointsToAlarm", periods))
    extended = given.get("ExtendedStatistic")
    if extended is not None and not PERCENTILE.fullmatch(str(extended)):
        raise NotEmulatedError(f"the local cloud emulates percentiles such as p99 as ExtendedStatistic, got {extended}")
    checks = {
        "Exactly one of Statistic and ExtendedStatistic must be set.": ("Statistic" in given) == (extended is not None),
        f"Statistic must be one of {', '.join(STATISTICS)}, got {given.get('Statistic')}": "Statistic" in given
        and given["Statistic"] not in STATISTICS,
        f"ComparisonOperator must be one of {', '.join(COMPARISONS)}, got {given['ComparisonOperator']}": given[
            "ComparisonOperator"
        ]
        not in COMPARISONS,
        f"Period must be 10, 20, 30 or a multiple of 60, got {period}": period not in _SHORT_PERIODS
        and (period < 1 or period % 60 != 0),
        f"EvaluationPeriods must be at least 1, got {periods}": periods < 1,
        f"DatapointsToAlarm must be between 1 and EvaluationPeriods ({periods}), got {datapoints}": not 1
        <= datapoints
        <= periods,
        "Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <="
        f" {_MOST_SECONDS}), got {periods} * {period}": periods * period > _MOST_SECONDS,
        f"The value '{given.get('TreatMissingData')}' for TreatMissingData is not supported, use one of"
        f" {', '.join(TREATMENTS)}": given.get("TreatMissingData", "missing") not in TREATMENTS,
    }
    return next((text for text, is_wrong in checks.items() if is_wrong), None)


def _wrong_actions(given: Mapping[str, Any]) -> str | None:
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for arn in given.get(name, ()):
            if not str(arn).startswith("arn:"):
                return f"Invalid arn syntax: {arn}"
            if not str(arn).startswith("arn:aws:sns:"):
                raise NotEmulatedError(f"the local cloud runs actions of SNS topics only, got {arn} in {name}")
    return None
