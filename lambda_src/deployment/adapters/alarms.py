"""CloudWatch alarms."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
_MOST_AT_ONCE = 100


def names(client: Any, prefix: str) -> list[str]:
    """Names of the alarms that begin with a prefix."""
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    return [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]


def put(client: Any, requests: Iterable[Mapping[str, Any]]) -> None:
    """PutMetricAlarm; an alarm that is there is changed and keeps its state."""
    for request in requests:
        client.put_metric_alarm(**request)


def delete(client: Any, found: Sequence[str]) -> None:
    """Delete alarms, of which some may be gone already."""
    for first in range(0, len(found), _MOST_AT_ONCE):
        client.delete_alarms(AlarmNames=list(found[first : first + _MOST_AT_ONCE]))
