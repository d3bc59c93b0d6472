"""How long a job may run and wait: MaxRuntimeInSeconds for what runs, MaxWaitTimeInSeconds for that and the waits."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from local_cloud.kernel import runtime
from local_cloud.services.sagemaker.training_time import TrainingTime


class Clock:
    """Virtual time that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0
        self.paused: list[float] = []

    def running_seconds(self) -> float:
        return self.now

    def pause(self, seconds: float, *, goes_on: Callable[[], bool]) -> None:
        assert goes_on()
        self.paused.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(runtime, "current", lambda: SimpleNamespace(clock=found))
    return found


def _run(time: TrainingTime, clock: Clock, seconds: float) -> float:
    limit = time.begin()
    clock.now += seconds
    time.end()
    return limit


def test_attempts_share_the_time_to_run(clock: Clock) -> None:
    time = TrainingTime({"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 1000}, spot=True)
    assert _run(time, clock, 40) == 100
    assert time.wait(500, goes_on=lambda: True)
    # What it waits is not what it runs.
    assert _run(time, clock, 60) == 60
    assert time.begin() == 0
    assert not time.is_waiting_over()


def test_what_it_runs_and_waits_is_within_the_time_to_wait(clock: Clock) -> None:
    time = TrainingTime({"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 120}, spot=True)
    _run(time, clock, 30)
    assert time.wait(40, goes_on=lambda: True)
    # 120 less 30 and 40
    assert time.begin() == 50
    assert time.is_waiting_over()


def test_it_waits_no_longer_than_it_may(clock: Clock) -> None:
    time = TrainingTime({"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 120}, spot=True)
    _run(time, clock, 30)
    assert not time.wait(90, goes_on=lambda: True)
    assert clock.paused == [90]
    assert not time.wait(1000, goes_on=lambda: True)
    assert clock.paused == [90, 0]


def test_a_job_on_demand_never_waits(clock: Clock) -> None:
    time = TrainingTime({"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 100}, spot=False)
    assert _run(time, clock, 100) == 100
    assert not time.is_waiting_over()


def test_a_job_runs_for_a_day_unless_it_says_otherwise(clock: Clock) -> None:
    assert _run(TrainingTime({}, spot=False), clock, 1) == 86400
