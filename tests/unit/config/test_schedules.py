"""Cron and rate expressions, against another implementation and AWS's own examples."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from pyawscron import AWSCron

from config.errors import ConfigError, InvalidScheduleError
from config.schedules import compile_expression
from retraining.logic.schedules import last_firing
from stacks.model_catalogue import schedule

# From https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html, those without L, W and #.
DOCUMENTED = [
    "0 10 * * ? *",
    "15 12 * * ? *",
    "0 18 ? * MON-FRI *",
    "0 8 1 * ? *",
    "0/15 * * * ? *",
    "0/10 * ? * MON-FRI *",
    "0/5 8-17 ? * MON-FRI *",
]
OTHERS = [
    "* * * * ? *",
    "*/7 * * * ? *",
    "3,33 */6 * * ? *",
    "10-40/10 5 ? JAN,MAR,MAY SUN *",
    "59 23 28 * ? 2026-2028",
    "0 6 ? * 7 2027",
    "30 12 ? * sat,Mon *",
    "0 0 1 1/3 ? *",
]


def _reference(fields: str, *, after: datetime, until: datetime) -> datetime | None:
    """The latest firing in (after, until] by the other implementation."""
    latest, cron = None, AWSCron(fields)
    due = cron.occurrence(after).next()
    while due is not None and due <= until:
        latest = due
        due = cron.occurrence(due).next()
    return latest


@pytest.mark.parametrize("fields", [*DOCUMENTED, *OTHERS])
def test_cron_means_what_another_implementation_says(fields: str) -> None:
    compiled = schedule(f"cron({fields})", name="m")
    chance = random.Random(fields)
    for _ in range(60):
        until = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(4 * 365 * 86400))
        after = until - timedelta(minutes=chance.choice([5, 5, 61, 300]))
        assert last_firing(compiled, after=after, until=until) == _reference(fields, after=after, until=until), until


@pytest.mark.parametrize("fields", [*DOCUMENTED, *OTHERS])
def test_every_firing_of_the_other_implementation_is_one(fields: str) -> None:
    compiled = schedule(f"cron({fields})", name="m")
    moment = datetime(2026, 2, 27, 23, 58, tzinfo=UTC)
    for _ in range(40):
        following = AWSCron(fields).occurrence(moment).next()
        if following is None:
            return
        assert last_firing(compiled, after=following - timedelta(minutes=1), until=following) == following
        # Between two firings there is none.
        between = following - timedelta(minutes=1)
        if moment < between:
            assert last_firing(compiled, after=moment, until=between) is None
        moment = following


@pytest.mark.parametrize(
    ("fields", "moment"),
    [
        # Each with what the documentation says that it does.
        ("0 10 * * ? *", "2026-05-17T10:00"),
        ("15 12 * * ? *", "2026-05-17T12:15"),
        ("0 18 ? * MON-FRI *", "2026-05-15T18:00"),
        ("0 8 1 * ? *", "2026-05-01T08:00"),
        ("0/15 * * * ? *", "2026-05-17T12:15"),
        ("0/10 * ? * MON-FRI *", "2026-05-15T23:50"),
        ("0/5 8-17 ? * MON-FRI *", "2026-05-15T17:55"),
    ],
)
def test_documented_examples_last_fire_before_a_sunday_noon(fields: str, moment: str) -> None:
    # 17 May 2026 is a Sunday.
    until = datetime(2026, 5, 17, 12, 20, tzinfo=UTC)
    expected = datetime.fromisoformat(f"{moment}+00:00")
    assert last_firing(schedule(f"cron({fields})", name="m"), after=datetime(2026, 4, 1, tzinfo=UTC), until=until) == (
        expected
    )


@pytest.mark.parametrize(
    ("fields", "until", "last"),
    [
        # Days that not every month has, which the other implementation does not understand.
        ("59 23 31 * ? *", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 5, 31, 23, 59, tzinfo=UTC)),
        ("0 0 29 2 ? *", datetime(2027, 6, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_day_that_a_month_has_not_is_left_out(fields: str, until: datetime, last: datetime) -> None:
    assert last_firing(schedule(f"cron({fields})", name="m"), after=datetime(2020, 1, 1, tzinfo=UTC), until=until) == (
        last
    )


def test_days_of_the_week_count_from_sunday() -> None:
    assert compile_expression("cron(0 6 ? * SUN-SAT *)")["day-of-week"] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(12 hours)", 43200),
        ("rate(1 day)", 86400),
        ("rate(7 days)", 604800),
    ],
)
def test_a_rate_is_its_seconds(expression: str, seconds: int) -> None:
    assert compile_expression(expression) == {"rate_seconds": seconds}


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "hourly",
        "rate(1 hours)",
        "rate(2 hour)",
        "rate(0 minutes)",
        "rate(-1 minutes)",
        "rate(1.5 hours)",
        "rate(1 week)",
        "rate(1 hour) ",
        "at(2026-01-01T00:00:00)",
        "cron(0 10 * * *)",
        "cron(0 10 * * ? * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(? 10 * * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 10 0 * ? *)",
        "cron(0 10 32 * ? *)",
        "cron(0 10 * 13 ? *)",
        "cron(0 10 ? * 0 *)",
        "cron(0 10 ? * 8 *)",
        "cron(0 10 * * ? 1969)",
        "cron(0 10 * * ? 2200)",
        "cron(0 17-8 * * ? *)",
        "cron(0/0 10 * * ? *)",
        "cron(0/ 10 * * ? *)",
        "cron(5- 10 * * ? *)",
        "cron(-5 10 * * ? *)",
        "cron(*-5 10 * * ? *)",
        "cron(1-2-3 10 * * ? *)",
        "cron(1,,2 10 * * ? *)",
        "cron(\u0663 10 * * ? *)",
        "cron(0 10 L * ? *)",
        "cron(0 10 3W * ? *)",
        "cron(0 10 ? * 6#3 *)",
        "cron(15 10 ? * 6L 2022-2023)",
        "cron(0 10 ? * MONDAY *)",
        "cron(JAN 10 * * ? *)",
    ],
)
def test_what_is_no_schedule_of_ours_is_quoted(expression: str) -> None:
    with pytest.raises(InvalidScheduleError) as raised:
        compile_expression(expression)
    assert repr(expression) in str(raised.value)
    assert isinstance(raised.value, ConfigError)
