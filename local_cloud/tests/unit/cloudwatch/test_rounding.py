"""How CloudWatch takes a StartTime: API reference of GetMetricStatistics, StartTime."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from local_cloud.kernel import runtime
from local_cloud.moto_patches import cloudwatch

NOW = datetime(2026, 6, 1, tzinfo=UTC)


# The reference's own examples.
@pytest.mark.parametrize(
    ("days", "asked", "taken"),
    [(14, (12, 32, 34), (12, 32)), (20, (12, 32, 34), (12, 30)), (64, (12, 32, 34), (12, 0))],
)
@pytest.mark.parametrize("zone", [UTC, None], ids=["in UTC", "without a zone, as moto has it"])
def test_a_start_is_rounded_down(
    monkeypatch: pytest.MonkeyPatch, days: int, asked: tuple[int, int, int], taken: tuple[int, int], zone: object
) -> None:
    monkeypatch.setattr(runtime, "current", lambda: SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW)))
    hour, minute, second = asked
    start = (NOW - timedelta(days=days)).replace(hour=hour, minute=minute, second=second, microsecond=5)

    found = cloudwatch.rounded_down(start if zone else start.replace(tzinfo=None))

    assert (found.hour, found.minute, found.second, found.microsecond) == (*taken, 0, 0)
    assert found.tzinfo is (UTC if zone else None)
