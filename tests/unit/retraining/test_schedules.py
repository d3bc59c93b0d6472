"""Which models are due, and which have waited too long. Cron expressions: tests/unit/config/test_schedules.py."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contract.catalogue import Cron, Rate
from retraining.logic import schedules
from stacks.model_catalogue import schedule
from tests.unit.mlops_constructs import machine

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
TICK = timedelta(minutes=5)
NOON = schedule("cron(0 12 * * ? *)", name="m")
HOURLY = Rate(rate_seconds=3600, offset_seconds=0)


@pytest.mark.parametrize("seconds", [300, 3600, 86400, 7 * 86400])
@pytest.mark.parametrize("offset", [0, 1, 299])
def test_a_rate_fires_once_a_period_over_all_ticks(seconds: int, offset: int) -> None:
    rate = Rate(rate_seconds=seconds, offset_seconds=offset)
    fired, moment = [], NOW
    while moment < NOW + timedelta(seconds=6 * seconds):
        found = schedules.last_firing(rate, after=moment, until=moment + TICK)
        fired += [found] if found else []
        moment += TICK
    assert len(fired) == 6
    assert {later - earlier for earlier, later in itertools.pairwise(fired)} == {timedelta(seconds=seconds)}
    assert all((int(item.timestamp()) - offset) % seconds == 0 for item in fired)


@pytest.mark.parametrize("found", [NOON, HOURLY])
def test_a_window_excludes_its_begin_and_includes_its_end(found: Rate | Cron) -> None:
    assert schedules.last_firing(found, after=NOW - TICK, until=NOW) == NOW
    assert schedules.last_firing(found, after=NOW, until=NOW + TICK) is None


@pytest.mark.parametrize("found", [NOON, HOURLY])
def test_two_windows_that_meet_never_fire_twice(found: Rate | Cron) -> None:
    each = [
        schedules.last_firing(found, after=NOW + number * TICK, until=NOW + (number + 1) * TICK)
        for number in range(-300, 300)
    ]
    firings = [item for item in each if item]
    assert len(firings) == len(set(firings))


@pytest.mark.parametrize(
    ("expression", "missed"),
    [
        ("cron(0 12 * * ? *)", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("cron(30 6 ? * SUN *)", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        ("cron(0 0 1 1 ? *)", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_after_a_long_silence_the_latest_missed_firing_counts(expression: str, missed: datetime) -> None:
    found = schedules.last_firing(schedule(expression, name="m"), after=NOW - timedelta(days=90), until=NOW)
    assert found == missed


def test_after_a_long_silence_a_weekly_rate_is_due() -> None:
    rate = Rate(rate_seconds=7 * 86400, offset_seconds=0)
    found = schedules.last_firing(rate, after=NOW - timedelta(days=8), until=NOW)
    assert found is not None
    assert NOW - found < timedelta(days=7)


def test_a_window_of_years_is_quick() -> None:
    # At most one look a day, whatever the minutes are.
    assert schedules.last_firing(
        schedule("cron(0 0 1 1 ? 2020)", name="m"), after=NOW - timedelta(days=3650), until=NOW
    ) == datetime(2020, 1, 1, tzinfo=UTC)


def _stale(*, days: float | None, seen_days: float | None = None, limit: int = 7, enabled: bool = True) -> list[str]:
    model = machine.catalogue()["flight-delay"]
    assert model.retraining is not None
    settings = replace(model.retraining, enabled=enabled, stale_after_days=limit)
    return schedules.stale(
        [replace(model, name="m", retraining=settings)],
        last_success={} if days is None else {"m": NOW - timedelta(days=days)},
        first_seen={} if seen_days is None else {"m": NOW - timedelta(days=seen_days)},
        now=NOW,
    )


@pytest.mark.parametrize(("days", "stale"), [(0, False), (6.9, False), (7, False), (7.001, True), (400, True)])
def test_a_model_is_stale_after_the_configured_days(days: float, stale: bool) -> None:
    assert bool(_stale(days=days)) is stale


@pytest.mark.parametrize(("seen", "stale"), [(None, False), (0, False), (7, False), (7.001, True)])
def test_a_model_without_success_counts_from_when_it_was_first_seen(seen: float | None, stale: bool) -> None:
    assert bool(_stale(days=None, seen_days=seen)) is stale


def test_a_success_counts_more_than_when_it_was_first_seen() -> None:
    assert not _stale(days=1, seen_days=100)


def test_a_model_that_is_off_is_never_stale() -> None:
    assert not _stale(days=400, enabled=False)
