"""Metrics that services write themselves, on the virtual clock.

Values of one minute and about the same size are kept as one statistic set, so that an endpoint which is called all the
time does not fill the memory: sums, averages, extremes and counts stay exact, percentiles are exact to 20 %.
"""

import math
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.services.cloudwatch import alarm_clock

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
    from moto.cloudwatch.models import MetricAggregatedDatum, cloudwatch_backends

    now = int(runtime.current().clock.timestamp()) // _MINUTE
    series = (account_id, region, namespace, name, tuple(dimensions.items()))
    size = round(math.log(value) / _BASE) if value > 0 else -(10**6)
    kept = runtime.current().of(_Series)
    with kept.changing:
        minute, sets = kept.minutes.get(series, (-1, {}))
        if minute != now:
            sets = {}
            kept.minutes[series] = (now, sets)
        found = sets.get(size)
        if found is None:
            sets[size] = found = MetricAggregatedDatum(
                namespace=namespace,
                name=name,
                min_stat=value,
                max_stat=value,
                sample_count=0.0,
                sum_stat=0.0,
                dimensions=[{"Name": key, "Value": text} for key, text in dimensions.items()],
                timestamp=datetime.fromtimestamp(now * _MINUTE, UTC).replace(tzinfo=None),
                unit=unit,
            )
            cloudwatch_backends[account_id][region].metric_data.append(found)
        found.min, found.max = min(found.min, value), max(found.max, value)
        found.sample_count += 1
        found.sum += value
    alarm_clock.data_arrived(account_id, region, namespace, name)
