"""Faults of moto's CloudWatch."""

from types import SimpleNamespace
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    initial_state()
    combined_filters()
    whole_dimensions()


@patching.owner
def initial_state() -> None:
    """A new alarm is OK, and changing one resets its state; AWS starts with INSUFFICIENT_DATA and keeps the state."""
    from moto.cloudwatch.models import CloudWatchBackend

    put = CloudWatchBackend.put_metric_alarm
    kept = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")

    def put_metric_alarm(self: Any, name: str, *rest: Any, **named: Any) -> Any:
        before = self.alarms.get(name)
        alarm = put(self, name, *rest, **named)
        if before is None:
            alarm.state_value = "INSUFFICIENT_DATA"
        else:
            for attribute in kept:
                setattr(alarm, attribute, getattr(before, attribute))
        return alarm

    patching.replace(CloudWatchBackend, "put_metric_alarm", put_metric_alarm)


@patching.owner
def combined_filters() -> None:
    """DescribeAlarms follows only one of its filters, so that a prefix makes it forget the state; AWS takes all."""
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def describe_alarms(self: Any) -> Any:
        names, prefix = self._get_param("AlarmNames", []), self._get_param("AlarmNamePrefix") or ""
        state, action = self._get_param("StateValue"), self._get_param("ActionPrefix") or ""
        found = [
            alarm
            for alarm in list(self.cloudwatch_backend.alarms.values())
            if alarm.name.startswith(prefix)
            and (not names or alarm.name in names)
            and (not state or alarm.state_value == state)
            and (not action or any(arn.startswith(action) for arn in alarm.alarm_actions))
        ]
        return ActionResult({"MetricAlarms": found, "CompositeAlarms": []})

    patching.replace(CloudWatchResponse, "describe_alarms", describe_alarms)


@patching.owner
def whole_dimensions() -> None:
    """GetMetricStatistics adds metrics that have more dimensions than it was asked for; AWS takes them apart."""
    from moto.cloudwatch.models import CloudWatchBackend

    get = CloudWatchBackend.get_metric_statistics

    def get_metric_statistics(self: Any, *positional: Any, dimensions: Any, **named: Any) -> Any:
        wanted = {item["Name"]: item["Value"] for item in dimensions or ()}
        of_metric = [
            datum for datum in self.get_all_metrics() if {item.name: item.value for item in datum.dimensions} == wanted
        ]
        # All that the original looks at.
        seen = SimpleNamespace(get_all_metrics=lambda: of_metric)
        return get(seen, *positional, dimensions=dimensions, **named)

    patching.replace(CloudWatchBackend, "get_metric_statistics", get_metric_statistics)
