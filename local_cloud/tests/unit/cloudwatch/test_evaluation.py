"""The tables of AWS's user guide.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: 0 is a datapoint that does
not breach, X one that does, - a missing one; the newest is on the right.
"""

import pytest

from local_cloud.services.cloudwatch import evaluation
from local_cloud.services.cloudwatch.evaluation import Rule

KEPT = "as before"
_VALUES = {"0": 0.0, "X": 10.0, "-": None}
_TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
_NO_DATA = ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")


def _states(points: str, datapoints_to_alarm: int, periods: int = 3) -> tuple[str, ...]:
    values = [_VALUES[point] for point in points.split()]
    return tuple(
        evaluation.state(
            values,
            Rule(
                comparison="GreaterThanThreshold",
                threshold=5.0,
                evaluation_periods=periods,
                datapoints_to_alarm=datapoints_to_alarm,
                treat_missing=treatment,
            ),
            current=KEPT,
        )
        for treatment in _TREATMENTS
    )


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0 - X - X", ("OK",) * 4),
        ("0 - - - -", ("OK",) * 4),
        ("- - - - -", _NO_DATA),
        ("0 X X - X", ("ALARM",) * 4),
        ("- - - - X", _NO_DATA),
        ("X - - - -", ("ALARM", KEPT, "ALARM", "OK")),
    ],
)
def test_three_of_three(points: str, expected: tuple[str, ...]) -> None:
    assert _states(points, 3) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0 - X - X", ("ALARM",) * 4),
        ("0 0 X 0 X", ("ALARM",) * 4),
        ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
        ("- - - - X", _NO_DATA),
    ],
)
def test_two_of_three(points: str, expected: tuple[str, ...]) -> None:
    assert _states(points, 2) == expected


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", [5.0, 6.0]),
        ("GreaterThanThreshold", [6.0]),
        ("LessThanThreshold", [4.0]),
        ("LessThanOrEqualToThreshold", [4.0, 5.0]),
    ],
)
def test_comparisons(comparison: str, breaching: list[float]) -> None:
    rule = Rule(
        comparison=comparison, threshold=5.0, evaluation_periods=1, datapoints_to_alarm=1, treat_missing="missing"
    )
    assert [value for value in (4.0, 5.0, 6.0) if rule.breaches(value)] == breaching
