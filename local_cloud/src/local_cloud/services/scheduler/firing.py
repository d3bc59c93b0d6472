"""Watches all schedules and fires those that are due."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from local_cloud.faults import events as faults
from local_cloud.kernel import unforeseen
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import backends
from local_cloud.services.scheduler import expressions, targets

_LOOK_SECONDS = 0.5


def start(runtime: Runtime) -> None:
    """Watch in the background until the process ends."""

    def pause() -> None:
        # Real time bounds the sleep, because schedules may be added meanwhile.
        runtime.clock.sleep_until(runtime.clock.timestamp() + 3600, at_most_real_seconds=_LOOK_SECONDS)

    runtime.background.repeat("schedules", lambda: fire_due(runtime), pause=pause)


def fire_due(runtime: Runtime) -> None:
    """Fire every schedule that became due since the last look."""
    now = runtime.clock.now()
    for region, schedule in _schedules():
        try:
            _fire_if_due(runtime, schedule, now, region=region)
        except Exception:  # noqa: BLE001  # whatever is wrong with one, the others are due
            unforeseen.LOG.exception("schedule %s was not looked at", schedule.arn)


def _fire_if_due(runtime: Runtime, schedule: Any, now: datetime, *, region: str) -> None:
    created, looked = _marks(schedule, now)
    schedule.lc_looked = now
    if schedule.state != "ENABLED" or not _in_force(schedule, now):
        return
    due = expressions.latest_due(
        schedule.schedule_expression,
        timezone=schedule.schedule_expression_timezone,
        created=created,
        after=looked,
        until=now,
    )
    if due is not None:
        twice = faults.fires_twice(schedule.name, account_id=schedule.arn.split(":")[4])
        for number in range(2 if twice else 1):
            _fire(runtime, schedule, due, region=region, number=number)
        _delete_if_completed(schedule, now, region=region)


def _delete_if_completed(schedule: Any, now: datetime, *, region: str) -> None:
    """What ActionAfterCompletion asks for.

    Reference: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
    """
    if schedule.action_after_completion != "DELETE":
        return
    due = _next_due(schedule, now)
    end = _moment(schedule.end_date)
    if due is None or (end is not None and due > end):
        groups = backends("scheduler")[schedule.arn.split(":")[4]][region].schedule_groups
        groups[schedule.group_name].schedules.pop(schedule.name, None)


def _fire(runtime: Runtime, schedule: Any, due: datetime, *, region: str, number: int) -> None:
    runtime.background.start(
        schedule.arn, lambda _: targets.deliver(schedule, due, region=region, clock=runtime.clock, number=number)
    )


def advance_to_next(clock: VirtualClock, *, account_id: str, region: str, group: str, name: str) -> datetime:
    """Move the clock to a schedule's next due time, which fires it and whatever else is due until then.

    Raises:
        LocalCloudError: there is no such schedule, it is disabled, or it is never due again.
    """
    groups = backends("scheduler")[account_id][region].schedule_groups
    schedule = groups[group].schedules.get(name) if group in groups else None
    if schedule is None:
        raise LocalCloudError(f"no schedule {group}/{name} in account {account_id} and region {region}")
    if schedule.state != "ENABLED":
        raise LocalCloudError(f"schedule {group}/{name} is {schedule.state}, enable it first")
    now = clock.now()
    due = _next_due(schedule, now)
    if due is None:
        raise LocalCloudError(f"schedule {group}/{name} is never due again: {schedule.schedule_expression}")
    clock.advance(due - now + timedelta(milliseconds=1))
    return due


def _schedules() -> Iterator[tuple[str, Any]]:
    for regions in list(backends("scheduler").values()):
        for region, backend in list(regions.items()):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    yield region, schedule


def mark(schedule: Any, clock: VirtualClock) -> None:
    """Remember when a schedule was made."""
    _marks(schedule, clock.now())


def _marks(schedule: Any, now: datetime) -> tuple[datetime, datetime]:
    """When the schedule was first seen and last looked at; both live on it, so that a restart keeps them."""
    if not hasattr(schedule, "lc_created"):
        schedule.lc_created = schedule.lc_looked = now
    return schedule.lc_created, schedule.lc_looked


def _next_due(schedule: Any, now: datetime) -> datetime | None:
    created, _ = _marks(schedule, now)
    return expressions.next_due(
        schedule.schedule_expression, timezone=schedule.schedule_expression_timezone, created=created, after=now
    )


def _in_force(schedule: Any, now: datetime) -> bool:
    start, end = _moment(schedule.start_date), _moment(schedule.end_date)
    return (start is None or now >= start) and (end is None or now <= end)


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(float(value), UTC)
