"""Faults of moto's CloudWatch."""

from typing import Any


def install() -> None:
    """Correct all of them."""
    initial_state()
    combined_filters()


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

    CloudWatchBackend.put_metric_alarm = put_metric_alarm


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

    CloudWatchResponse.describe_alarms = describe_alarms
