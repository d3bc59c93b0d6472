"""CloudWatch metrics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract.names import METRIC_NAMESPACE


def put(
    client: Any, values: Mapping[str, float], *, dimension: tuple[str, str], moment: datetime | None = None
) -> None:
    """Write one data point a metric.

    Args:
        client: of CloudWatch.
        values: by metric name.
        dimension: name and value, the same for all.
        moment: time stamp; now when None.
    """
    name, value = dimension
    stamp = {"Timestamp": moment} if moment else {}
    client.put_metric_data(
        Namespace=METRIC_NAMESPACE,
        MetricData=[
            {
                "MetricName": metric,
                "Value": number,
                "Unit": "Count",
                "Dimensions": [{"Name": name, "Value": value}],
                **stamp,
            }
            for metric, number in values.items()
        ],
    )
