"""One value a period, from what moto keeps of a metric."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from local_cloud.services.cloudwatch.evaluation import EXTRA_PERIODS, Rule

PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,2})?|100)")
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_RISING, _FALLING = {"SampleCount", "Sum", "Maximum"}, {"Minimum"}


def of_alarm(alarm: Any, rule: Rule, data: Iterable[Any], now: float) -> list[float | None]:
    """The evaluation range of an alarm, oldest period first.

    The period under way counts once more data cannot undo its breach (a maximum above the threshold, for example);
    the state then changes up to a period earlier than on AWS, and never differently.

    Args:
        alarm: moto's.
        rule: of the alarm.
        data: moto's, of any metrics.
        now: virtual seconds since the epoch.
    """
    period = int(alarm.period)
    open_start = int(now // period) * period
    count = rule.evaluation_periods + EXTRA_PERIODS
    first = open_start - count * period
    groups: dict[int, list[Any]] = {}
    for datum in data:
        if is_of(datum, alarm):
            moment = epoch(datum.timestamp)
            if first <= moment <= now:
                groups.setdefault(int(moment // period) * period, []).append(datum)
    statistic = alarm.statistic or alarm.extended_statistic
    values = [
        value_of(groups[start], statistic) if start in groups else None for start in range(first, open_start, period)
    ]
    if open_start in groups:
        value = value_of(groups[open_start], statistic)
        if rule.breaches(value) and _is_final(statistic, rule.comparison):
            return [*values[1:], value]
    return values


def is_of(datum: Any, alarm: Any) -> bool:
    """Whether a datum belongs to an alarm's metric: same name, and exactly the same dimensions."""
    return bool(
        datum.name == alarm.metric_name
        and datum.namespace == alarm.namespace
        and (not alarm.unit or (datum.unit or "None") == alarm.unit)
        and {item.name: item.value for item in datum.dimensions} == {item.name: item.value for item in alarm.dimensions}
    )


def value_of(data: Sequence[Any], statistic: str) -> float:
    """A statistic of values and statistic sets; ``p99`` and the like are percentiles."""
    count = sum(_count(item) for item in data)
    total = sum(_sum(item) for item in data)
    if statistic == "SampleCount":
        return count
    if statistic == "Sum":
        return total
    if statistic == "Average":
        return total / count
    if statistic == "Minimum":
        return min(float(getattr(item, "min", getattr(item, "value", math.inf))) for item in data)
    if statistic == "Maximum":
        return max(float(getattr(item, "max", getattr(item, "value", -math.inf))) for item in data)
    return _percentile(data, float(statistic[1:]), count)


def _percentile(data: Sequence[Any], percent: float, count: float) -> float:
    """Nearest rank; a statistic set stands for its average, as often as it has samples."""
    rank, seen = math.ceil(percent / 100 * count), 0.0
    weighted = sorted((_sum(item) / _count(item), _count(item)) for item in data)
    for value, weight in weighted:
        seen += weight
        if seen >= rank:
            return value
    return weighted[-1][0]


def _count(datum: Any) -> float:
    return float(getattr(datum, "sample_count", 1.0))


def _sum(datum: Any) -> float:
    return float(datum.sum if hasattr(datum, "sum") else datum.value)


def _is_final(statistic: str, comparison: str) -> bool:
    rising = comparison.startswith("Greater")
    return statistic in (_RISING if rising else _FALLING)


def epoch(moment: datetime) -> float:
    """Seconds since the epoch; without a zone it is UTC, as moto keeps it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
