"""Evaluates alarms: when data of their metric arrive, and as virtual time passes."""

import threading
from collections.abc import Iterator
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.kernel.runtime import Runtime
from local_cloud.services.cloudwatch import actions, datapoints, evaluation
from local_cloud.services.cloudwatch.evaluation import Rule

# CloudWatch evaluates every minute, and alarms of shorter periods every period.
_MOST_SECONDS = 60
# The shortest one; all lengths are multiples of it.
_STEP_SECONDS = 10
_LOOK_SECONDS = 0.1


class _Looks:
    """What has arrived since the last look, and when each alarm was compared last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrived: set[tuple[str, str, str, str]] = set()
        self.evaluating = threading.Lock()
        self.compared: dict[str, int] = {}
        self.step: int | None = None

    def note(self, metric: tuple[str, str, str, str]) -> None:
        """Data of a metric have arrived."""
        with self._lock:
            self._arrived.add(metric)

    def arrived(self) -> set[tuple[str, str, str, str]]:
        """All metrics with new data, once."""
        with self._lock:
            arrived, self._arrived = self._arrived, set()
        return arrived


def start(running: Runtime) -> None:
    """Evaluate in the background until the process ends."""

    def pause() -> None:
        # Real time bounds the sleep, because data may arrive meanwhile.
        running.clock.sleep_until(running.clock.timestamp() + 3600, at_most_real_seconds=_LOOK_SECONDS)

    running.background.repeat("alarms", lambda: evaluate_due(running.clock.timestamp()), pause=pause)


def data_arrived(account_id: str, region: str, namespace: str, name: str) -> None:
    """Alarms on this metric are evaluated at the next look."""
    runtime.current().of(_Looks).note((account_id, region, namespace, name))


def evaluate_due(now: float) -> None:
    """Evaluate every alarm that has new data or whose time has come."""
    looks = runtime.current().of(_Looks)
    arrived, step_of_all = looks.arrived(), int(now // _STEP_SECONDS)
    with looks.evaluating:
        if not arrived and step_of_all == looks.step:
            # Ten looks a second at all alarms of all accounts would be for nothing.
            return
        looks.step = step_of_all
        for account_id, region, backend, alarm in _alarms():
            length = min(int(alarm.period), _MOST_SECONDS)
            step = int(now // length)
            last = looks.compared.get(alarm.alarm_arn)
            if last != step or (account_id, region, alarm.namespace, alarm.metric_name) in arrived:
                looks.compared[alarm.alarm_arn] = step
                data = [datum for datum in list(backend.metric_data) if datapoints.is_of(datum, alarm)]
                for moment in _moments_between(last, step, length, alarm, data):
                    evaluate(alarm, data, moment)
                evaluate(alarm, data, now)


def evaluate(alarm: Any, data: list[Any], now: float) -> None:
    """Compare, and act if the state changed.

    Args:
        alarm: moto's.
        data: moto's, of the alarm's metric.
        now: virtual seconds since the epoch.
    """
    rule = _rule(alarm)
    values = datapoints.of_alarm(alarm, rule, data, now)
    new = evaluation.state(values, rule, current=alarm.state_value)
    if new != alarm.state_value:
        shown = [value for value in values if value is not None][-rule.evaluation_periods :]
        actions.change_state(alarm, new, _reason(alarm, rule, shown), "{}", at=now)


def _moments_between(last: int | None, step: int, length: int, alarm: Any, data: list[Any]) -> list[float]:
    """The comparisons that a jump of the clock went over, as far as there are data for them."""
    if last is None or not data:
        return []
    rule = _rule(alarm)
    span = (rule.evaluation_periods + evaluation.EXTRA_PERIODS + 1) * int(alarm.period)
    newest = max(datapoints.epoch(datum.timestamp) for datum in data)
    return [float(number * length) for number in range(last + 1, min(step, int((newest + span) // length) + 1))]


def _rule(alarm: Any) -> Rule:
    return Rule(
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        evaluation_periods=int(alarm.evaluation_periods),
        datapoints_to_alarm=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        treat_missing=alarm.treat_missing_data or "missing",
    )


def _reason(alarm: Any, rule: Rule, values: list[float]) -> str:
    if not values:
        return "Insufficient Data: no datapoints were received in the evaluation range"
    breaching = sum(rule.breaches(value) for value in values)
    return (
        f"Threshold Crossed: {breaching} of the last {len(values)} datapoints {values} breached"
        f" {alarm.comparison_operator} ({rule.threshold}), {rule.datapoints_to_alarm} of {rule.evaluation_periods}"
        " make an alarm"
    )


def _alarms() -> Iterator[tuple[str, str, Any, Any]]:
    from moto.cloudwatch.models import cloudwatch_backends

    for account_id, regions in list(dict.items(cloudwatch_backends)):
        for region, backend in list(dict.items(regions)):
            for alarm in list(backend.alarms.values()):
                # Moto's own alarms of other services' scaling have no period of ours; composite ones have no metric.
                if alarm.metric_name and alarm.period and alarm.comparison_operator in evaluation.COMPARISONS:
                    yield account_id, region, backend, alarm
