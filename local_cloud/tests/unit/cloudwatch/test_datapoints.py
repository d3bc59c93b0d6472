"""Values and statistic sets of periods."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.services.cloudwatch import datapoints
from local_cloud.services.cloudwatch.evaluation import Rule

NOON = 1_800_000_000 // 86400 * 86400 + 43200


def _datum(second: float, *, dimensions: dict[str, str] | None = None, unit: str | None = None, **statistics: float) -> Any:  # fmt: skip
    return SimpleNamespace(
        namespace="N",
        name="m",
        unit=unit,
        dimensions=[SimpleNamespace(name=key, value=text) for key, text in (dimensions or {}).items()],
        timestamp=datetime.fromtimestamp(NOON + second, UTC).replace(tzinfo=None),
        **statistics,
    )


def _alarm(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "namespace": "N",
        "metric_name": "m",
        "dimensions": [],
        "unit": None,
        "period": 60,
        "statistic": "Sum",
        "extended_statistic": None,
    }
    return SimpleNamespace(**fields | changes)


def _rule(comparison: str = "GreaterThanThreshold") -> Rule:
    return Rule(comparison=comparison, threshold=5.0, evaluation_periods=1, datapoints_to_alarm=1, treat_missing="missing")  # fmt: skip


def _values(data: list[Any], *, at: float, alarm: Any = None, rule: Rule | None = None) -> list[float | None]:
    return datapoints.of_alarm(alarm or _alarm(), rule or _rule(), data, NOON + at)


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("SampleCount", 5.0), ("Sum", 15.0), ("Average", 3.0), ("Minimum", 1.0), ("Maximum", 9.0)],
)
def test_values_and_statistic_sets_add_up(statistic: str, expected: float) -> None:
    data = [_datum(0, value=1.0), _datum(1, value=2.0), _datum(2, sum=12.0, sample_count=3.0, min=1.5, max=9.0)]
    assert datapoints.value_of(data, statistic) == expected


@pytest.mark.parametrize(("statistic", "expected"), [("p50", 50.0), ("p99", 99.0), ("p99.9", 100.0), ("p100", 100.0)])
def test_percentiles_are_nearest_ranks(statistic: str, expected: float) -> None:
    assert datapoints.value_of([_datum(0, value=float(value)) for value in range(1, 101)], statistic) == expected


def test_periods_begin_on_whole_multiples() -> None:
    data = [_datum(0, value=1.0), _datum(59, value=2.0), _datum(60, value=4.0), _datum(180, value=2.0)]
    # Three periods are looked at for an alarm on one: minutes 0, 1 and 2 at 12:03:30; the last is under way.
    assert _values(data, at=210) == [3.0, 4.0, None]


def test_the_period_under_way_counts_once_its_breach_is_final() -> None:
    data = [_datum(60, value=4.0), _datum(65, value=2.0)]
    assert _values(data, at=70) == [None, None, 6.0]
    assert _values(data[:1], at=70) == [None, None, None]
    # More data may lower an average, so it waits for the end of the period.
    high = [_datum(60, value=100.0)]
    assert _values(high, at=70, alarm=_alarm(statistic="Average")) == [None, None, None]
    assert _values(high, at=120, alarm=_alarm(statistic="Average")) == [None, None, 100.0]
    # A sum below the threshold may still rise.
    assert _values(data[:1], at=70, rule=_rule("LessThanThreshold")) == [None, None, None]


def test_a_metric_is_told_by_all_of_its_dimensions() -> None:
    one, two = {"EndpointName": "e"}, {"EndpointName": "e", "VariantName": "v"}
    alarm = _alarm(dimensions=[SimpleNamespace(name="EndpointName", value="e")])
    assert _values([_datum(0, value=1.0, dimensions=two)], at=60, alarm=alarm) == [None, None, None]
    assert _values([_datum(0, value=1.0, dimensions=one)], at=60, alarm=alarm) == [None, None, 1.0]


def test_a_unit_narrows_the_metric() -> None:
    data = [_datum(0, value=1.0, unit="Seconds"), _datum(0, value=2.0)]
    assert _values(data, at=60, alarm=_alarm(unit="Seconds"))[-1] == 1.0
    assert _values(data, at=60, alarm=_alarm(unit="None"))[-1] == 2.0
    assert _values(data, at=60)[-1] == 3.0
