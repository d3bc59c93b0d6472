"""How the containers of a job end together."""

from types import SimpleNamespace
from typing import cast

import pytest

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import Countdown
from local_cloud.kernel.processes import Completed, JobProcess
from local_cloud.services.sagemaker.cluster import Cluster


class Time:
    """A countdown that is over when a test says so."""

    def __init__(self, *, looks: int) -> None:
        self.looks = looks

    def is_over(self) -> bool:
        self.looks -= 1
        return self.looks < 0


class Process:
    """A container's.

    Args:
        code: its return code; None while it runs.
        heeds: whether SIGTERM ends it.
    """

    def __init__(self, code: int | None = None, *, heeds: bool = True) -> None:
        self.code, self.heeds, self.signals = code, heeds, list[str]()

    def is_running(self) -> bool:
        return self.code is None

    def ends_within(self, _: float) -> bool:
        return self.code is not None

    def wait(self) -> Completed:
        assert self.code is not None
        return Completed(returncode=self.code, timed_out=False, stopped=False)

    def terminate(self) -> None:
        self.signals.append("TERM")
        if self.heeds and self.code is None:
            self.code = -15

    def kill(self) -> None:
        self.signals.append("KILL")
        self.code = -9


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How much time after SIGTERM was asked for; two looks, whatever it is."""
    asked: list[float] = []

    def countdown(seconds: float) -> Time:
        asked.append(seconds)
        return Time(looks=2)

    found = SimpleNamespace(clock=SimpleNamespace(countdown=countdown), processes=SimpleNamespace(kill=lambda _: None))
    monkeypatch.setattr(runtime, "current", lambda: found)
    return asked


def _cluster(*processes: Process) -> Cluster:
    return Cluster({f"algo-{number}": cast("JobProcess", process) for number, process in enumerate(processes, 1)})


def _limit(looks: int = 1000) -> Countdown:
    return cast("Countdown", Time(looks=looks))


def test_all_that_ended_well_are_one_success() -> None:
    outcome = _cluster(Process(0), Process(0)).wait(_limit(), is_lost=lambda: False)
    assert (outcome.completed.returncode, outcome.completed.timed_out, outcome.lost) == (0, False, False)


def test_the_first_that_fails_ends_the_others_and_decides() -> None:
    running, failed = Process(), Process(3)
    outcome = _cluster(running, failed).wait(_limit(), is_lost=lambda: False)
    assert (outcome.host, outcome.completed.returncode) == ("algo-2", 3)
    assert running.signals == ["TERM"]


def test_who_does_not_heed_sigterm_is_killed_after_two_minutes(grace: list[float]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html: "for 120 seconds"
    stubborn = Process(heeds=False)
    outcome = _cluster(stubborn).wait(_limit(looks=0), is_lost=lambda: False)
    assert outcome.completed.timed_out
    assert stubborn.signals == ["TERM", "KILL"]
    assert grace == [120]


def test_instances_are_lost_while_their_containers_run_or_just_before_they_ended() -> None:
    running = Process()
    assert _cluster(running).wait(_limit(), is_lost=lambda: True).lost
    assert running.signals == ["TERM"]
    assert _cluster(Process(0)).wait(_limit(), is_lost=lambda: True).lost


def test_a_container_that_failed_by_itself_was_not_interrupted() -> None:
    outcome = _cluster(Process(1)).wait(_limit(), is_lost=lambda: True)
    assert (outcome.lost, outcome.completed.returncode) == (False, 1)


def test_what_somebody_stopped_was_not_interrupted() -> None:
    cluster = _cluster(Process())
    cluster.stop()
    assert not cluster.wait(_limit(), is_lost=lambda: True).lost
