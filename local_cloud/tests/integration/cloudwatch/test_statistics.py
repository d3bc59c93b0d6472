"""Percentiles of metrics, as both calls for statistics give them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

MINUTE = datetime(2026, 1, 1, 12, tzinfo=UTC)
METRIC = {"Namespace": "Percentiles", "MetricName": "latency"}


@pytest.fixture(scope="module")
def cloudwatch(cloud: RunningCloud) -> Any:
    client = cloud.client("cloudwatch", ACCOUNT)
    data = [{"MetricName": "latency", "Timestamp": MINUTE, "Value": float(value)} for value in range(1, 101)]
    client.put_metric_data(Namespace="Percentiles", MetricData=data)
    return client


def test_of_the_numbers_to_a_hundred_the_ninetieth_is_ninety(cloudwatch: Any) -> None:
    window = {"StartTime": MINUTE, "EndTime": MINUTE + timedelta(minutes=1)}

    (point,) = cloudwatch.get_metric_statistics(
        **METRIC, **window, Period=60, Statistics=["Maximum"], ExtendedStatistics=["p90", "p99.5"]
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {"p90": 90.0, "p99.5": 100.0}
    assert point["Maximum"] == 100.0

    stat = {"Metric": METRIC, "Period": 60, "Stat": "p50"}
    queries = [{"Id": "median", "MetricStat": stat}]
    (found,) = cloudwatch.get_metric_data(**window, MetricDataQueries=queries)["MetricDataResults"]
    assert found["Values"] == [50.0]
