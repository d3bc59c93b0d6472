"""Metrics that services write themselves, on the virtual clock unless they were measured before.

Values of one minute and about the same size are kept as one statistic set, so that an endpoint which is called all the
time does not fill the memory: sums, averages, extremes and counts stay exact, percentiles are exact to 20 %.
"""

import math
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.services.cloudwatch import alarm_clock
from local_cloud.services.cloudwatch.datapoints import epoch

_BASE = math.log(1.2)
_MINUTE = 60


class _Series:
    """The sets of each series' current minute, by size of the values."""

    def __init__(self) -> None:
        self.changing = threading.Lock()
        self.minutes: dict[tuple[Any, ...], tuple[int, dict[int, Any]]] = {}


def put(
    *, account_id: str, region: str, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str
) -> None:
    """Add one value to a metric of the current virtual minute."""
    from moto.cloudwatch.models import cloudwatch_backends

    now = int(runtime.current().clock.timestamp()) // _MINUTE
    series = (account_id, region, namespace, name, tuple(dimensions.items()))
    size = _size(value)
    kept = runtime.current().of(_Series)
    with kept.changing:
        minute, sets = kept.minutes.get(series, (-1, {}))
        if minute != now:
            sets = {}
            kept.minutes[series] = (now, sets)
        found = sets.get(size)
        if found is None:
            sets[size] = found = _empty(namespace, name, dimensions, unit, minute=now)
            cloudwatch_backends[account_id][region].metric_data.append(found)
        _add(found, value)
    alarm_clock.data_arrived(account_id, region, namespace, name)


def put_all(
    values: Iterable[tuple[str, datetime, float]],
    *,
    account_id: str,
    region: str,
    namespace: str,
    dimensions: Mapping[str, str],
    unit: str,
) -> None:
    """Add values that were measured before: name of the metric, moment in UTC, value."""
    from moto.cloudwatch.models import cloudwatch_backends

    sets: dict[tuple[str, int, int], Any] = {}
    for name, moment, value in values:
        minute = int(epoch(moment)) // _MINUTE
        series = (name, minute, _size(value))
        if series not in sets:
            sets[series] = _empty(namespace, name, dimensions, unit, minute=minute)
        _add(sets[series], value)
    cloudwatch_backends[account_id][region].metric_data.extend(sets.values())
    for name in {name for name, _, _ in sets}:
        alarm_clock.data_arrived(account_id, region, namespace, name)


def _size(value: float) -> int:
    return round(math.log(value) / _BASE) if 0 < value < math.inf else -(10**6)


def _empty(namespace: str, name: str, dimensions: Mapping[str, str], unit: str, *, minute: int) -> Any:
    from moto.cloudwatch.models import MetricAggregatedDatum

    return MetricAggregatedDatum(
        namespace=namespace,
        name=name,
        min_stat=math.inf,
        max_stat=-math.inf,
        sample_count=0.0,
        sum_stat=0.0,
        dimensions=[{"Name": key, "Value": text} for key, text in dimensions.items()],
        timestamp=datetime.fromtimestamp(minute * _MINUTE, UTC).replace(tzinfo=None),
        unit=unit,
    )


def _add(found: Any, value: float) -> None:
    found.min, found.max = min(found.min, value), max(found.max, value)
    found.sample_count += 1
    found.sum += value
