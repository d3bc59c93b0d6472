"""Faults of moto's CloudWatch."""

from typing import Any


def install() -> None:
    """Correct all of them."""
    initial_state()


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
