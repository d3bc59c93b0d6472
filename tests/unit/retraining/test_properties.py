"""What holds for any evaluation and any schedule; for any tuning history: test_warm_start_properties.py."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contract.catalogue import Gate, Rate
from retraining.logic import evaluation
from retraining.logic.schedules import last_firing
from stacks.model_catalogue import schedule

pytestmark = pytest.mark.security("hostile input")

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
ANY = st.floats()


def _judge(value: float, champion: float | None, *, threshold: float, tolerance: float, greater: bool) -> bool:
    against = None if champion is None else {"metrics": {"m": champion}}
    found = {"candidate": {"metrics": {"m": value}}, "champion": against}
    gate = Gate(metric="m", threshold=threshold, tolerance=tolerance, greater_is_better=greater)
    return evaluation.judge(found, gate=gate).passed


@given(NUMBERS, NUMBERS, st.none() | NUMBERS, NUMBERS, NUMBERS.map(abs))
def test_a_better_candidate_never_fails_where_a_worse_one_passes(
    one: float, other: float, champion: float | None, threshold: float, tolerance: float
) -> None:
    worse, better = sorted((one, other))
    if _judge(worse, champion, threshold=threshold, tolerance=tolerance, greater=True):
        assert _judge(better, champion, threshold=threshold, tolerance=tolerance, greater=True)


@given(NUMBERS, st.none() | NUMBERS, NUMBERS, NUMBERS.map(abs))
def test_less_is_better_is_the_mirror_of_greater_is_better(
    value: float, champion: float | None, threshold: float, tolerance: float
) -> None:
    mirrored = None if champion is None else -champion
    assert _judge(value, champion, threshold=threshold, tolerance=tolerance, greater=True) == _judge(
        -value, mirrored, threshold=-threshold, tolerance=tolerance, greater=False
    )


@given(ANY, st.none() | ANY, NUMBERS, st.booleans())
def test_what_is_not_finite_never_passes(value: float, champion: float | None, threshold: float, greater: bool) -> None:
    finite = all(number is None or abs(number) < float("inf") for number in (value, champion))
    if not finite:
        assert not _judge(value, champion, threshold=threshold, tolerance=0.0, greater=greater)


@given(NUMBERS, NUMBERS, NUMBERS.map(abs), st.booleans())
def test_what_is_worse_than_tolerated_or_not_above_the_threshold_never_passes(
    value: float, champion: float, tolerance: float, greater: bool
) -> None:
    sign = 1 if greater else -1
    worse = sign * (champion - value)
    # Exactly the tolerance is a matter of rounding, which has a test of its own.
    assume(abs(worse - tolerance) > 1e-3 * (1 + abs(tolerance)))
    assert _judge(value, champion, threshold=value - sign, tolerance=tolerance, greater=greater) == (worse < tolerance)
    assert not _judge(value, champion, threshold=value, tolerance=tolerance, greater=greater)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    part = st.one_of(
        number.map(str),
        st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}"),
        st.tuples(number, st.integers(1, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    )
    return st.just("*") | st.lists(part, min_size=1, max_size=2).map(",".join)


CRON = st.tuples(_field(0, 59), _field(0, 23), _field(1, 28), _field(1, 12), st.just("?"), st.just("*")).map(" ".join)


def _numbers(field: str, high: int) -> set[int]:
    """A field's numbers, one part after the other."""
    found: set[int] = set()
    for part in field.split(","):
        first, _, step = part.partition("/")
        low, _, last = first.partition("-")
        if low == "*":
            return set(range(high + 1))
        end = int(last) if last else high if step else int(low)
        found |= set(range(int(low), end + 1, int(step or 1)))
    return found


@given(CRON, MOMENTS, st.integers(1, 600))
def test_a_due_time_is_the_last_minute_that_fits(fields: str, until: datetime, minutes: int) -> None:
    after = until - timedelta(minutes=minutes)
    wanted = [_numbers(field, high) for field, high in zip(fields.split(), (59, 23, 31, 12), strict=False)]
    moment, expected = until.replace(second=0, microsecond=0), None
    while moment > after and expected is None:
        found = (moment.minute, moment.hour, moment.day, moment.month)
        if all(value in some for value, some in zip(found, wanted, strict=True)):
            expected = moment
        moment -= timedelta(minutes=1)
    assert last_firing(schedule(f"cron({fields})", name="m"), after=after, until=until) == expected


@given(
    st.integers(1, 366 * 1440),
    st.integers(0, 1 << 40),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=20),
    MOMENTS,
)
def test_a_rate_fires_once_a_period_whatever_the_ticks(
    minutes: int, offset: int, steps: list[int], start: datetime
) -> None:
    period = minutes * 60
    rate = Rate(rate_seconds=period, offset_seconds=offset % period)
    moment, fired = start, []
    for step in steps:
        following = moment + timedelta(seconds=step)
        found = last_firing(rate, after=moment, until=following)
        fired += [found] if found else []
        moment = following
    assert all((firing.timestamp() - offset) % period == 0 for firing in fired)
    assert fired == sorted(set(fired))
    expected = (moment.timestamp() - offset % period) // period - (start.timestamp() - offset % period) // period
    assert (len(fired) > 0) == (expected > 0)
    assert len(fired) <= expected
