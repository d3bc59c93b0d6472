"""When schedules are due, after the examples of EventBridge Scheduler's documentation.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.scheduler import expressions, firing

CREATED = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def _next(expression: str, after: datetime, timezone: str = "UTC") -> datetime | None:
    return expressions.next_due(expression, timezone=timezone, created=CREATED, after=after)


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 10:00 every day
        ("cron(0 10 * * ? *)", datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC), datetime(2026, 11, 21, 10, 0, tzinfo=UTC)),
        # 12:15 every day
        ("cron(15 12 * * ? *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2026, 11, 20, 12, 15, tzinfo=UTC)),
        # 18:00 Monday through Friday; the 21st is a Saturday
        ("cron(0 18 ? * MON-FRI *)", datetime(2026, 11, 21, 0, 0, tzinfo=UTC), datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        # 08:00 on the first day of the month
        ("cron(0 8 1 * ? *)", datetime(2026, 11, 2, 0, 0, tzinfo=UTC), datetime(2026, 12, 1, 8, 0, tzinfo=UTC)),
        # every 10 minutes on weekdays
        ("cron(0/10 * ? * MON-FRI *)", datetime(2026, 11, 20, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, 10, 10, tzinfo=UTC)),
        # 10:15 on the last Friday of the month
        ("cron(15 10 ? * 6L 2022-2027)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2026, 11, 27, 10, 15, tzinfo=UTC)),
        # the second Monday of the month
        ("cron(0 9 ? * 2#2 *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2026, 12, 14, 9, 0, tzinfo=UTC)),
        # months without the day are passed over
        ("cron(0 12 31 * ? *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2026, 12, 31, 12, 0, tzinfo=UTC)),
        ("cron(0 12 31 * ? *)", datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2027, 1, 31, 12, 0, tzinfo=UTC)),
        ("cron(0 0 1,31 * ? *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2026, 12, 1, 0, 0, tzinfo=UTC)),
        ("cron(0 12 30,31 * ? *)", datetime(2026, 11, 30, 11, 59, tzinfo=UTC), datetime(2026, 11, 30, 12, 0, tzinfo=UTC)),
        ("cron(0 6 29 2 ? *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2028, 2, 29, 6, 0, tzinfo=UTC)),
        ("cron(0 6 30 2 ? *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), None),
        # the last day of a month, and the weekday that is nearest to the 15th, a Sunday
        ("cron(0 6 L * ? *)", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), datetime(2026, 11, 30, 6, 0, tzinfo=UTC)),
        ("cron(0 6 15W * ? *)", datetime(2026, 11, 1, 0, 0, tzinfo=UTC), datetime(2026, 11, 16, 6, 0, tzinfo=UTC)),
        ("at(2026-11-20T13:00:00)", datetime(2026, 11, 20, 10, 30, tzinfo=UTC), datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
        ("at(2026-11-20T13:00:00)", datetime(2026, 11, 20, 13, 0, tzinfo=UTC), None),
        ("rate(1 hour)", CREATED, CREATED + timedelta(hours=1)),
        ("rate(5 minutes)", CREATED + timedelta(minutes=12), CREATED + timedelta(minutes=15)),
    ],
)  # fmt: skip
def test_next_due(expression: str, after: datetime, expected: datetime | None) -> None:
    assert _next(expression, after) == expected


def test_cron_means_the_wall_clock_of_its_time_zone() -> None:
    # New York is five hours behind UTC in winter.
    assert _next("cron(0 10 * * ? *)", CREATED, "America/New_York") == datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_a_jump_over_several_due_times_fires_for_the_latest() -> None:
    latest = expressions.latest_due(
        "rate(1 hour)", timezone="UTC", created=CREATED, after=CREATED, until=CREATED + timedelta(hours=3, minutes=5)
    )

    assert latest == CREATED + timedelta(hours=3)


def test_other_expressions_are_refused() -> None:
    with pytest.raises(NotEmulatedError, match="every day"):
        _next("every day", CREATED)


def test_the_clock_jumps_forward_only() -> None:
    clock = VirtualClock()
    before = clock.timestamp()

    clock.advance(timedelta(hours=1))

    assert 3600 <= clock.timestamp() - before < 3660
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(timedelta(seconds=-1))


def test_a_change_of_speed_does_not_move_the_clock() -> None:
    clock = VirtualClock()
    before = clock.timestamp()

    clock.set_scale(1000)

    assert clock.scale == 1000
    assert clock.timestamp() - before < 600


def test_what_is_wrong_with_one_schedule_keeps_no_other_from_firing(monkeypatch: pytest.MonkeyPatch) -> None:
    def schedule(expression: str) -> SimpleNamespace:
        return SimpleNamespace(
            arn="arn:aws:scheduler:us-east-1:111111111111:schedule/default/one",
            name="one",
            state="ENABLED",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            start_date=None,
            end_date=None,
            lc_created=CREATED,
            lc_looked=CREATED,
        )

    wrong, right = schedule("every now and then"), schedule("rate(1 minute)")
    fired: list[object] = []
    monkeypatch.setattr(firing, "_schedules", lambda: iter([("us-east-1", wrong), ("us-east-1", right)]))
    monkeypatch.setattr("local_cloud.faults.events.fires_twice", lambda *_, **__: False)
    monkeypatch.setattr(firing, "_fire", lambda _runtime, schedule, *_, **__: fired.append(schedule))

    firing.fire_due(SimpleNamespace(clock=VirtualClock()))  # type: ignore[arg-type]  # all that is asked of it

    assert fired == [right]
