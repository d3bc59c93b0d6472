"""What all jobs have in common."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.errors import JobError
from local_cloud.kernel.job import Job
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.work import Work


class Told(Job):
    """A job that keeps what it is told."""

    UNDER_WAY: ClassVar = ("RUNNING", "STOPPING")
    INTERRUPTED: ClassVar = "the server stopped"
    status = "RUNNING"
    key = "told"

    def __init__(self) -> None:
        self.told: list[str] = []

    def describe(self) -> dict[str, Any]:
        return {}

    def summary(self) -> dict[str, Any]:
        return {}

    def run(self, _work: Work) -> None:
        self.status = "SUCCEEDED"

    def enter_stopping(self) -> None:
        self.status = "STOPPING"

    def fail(self, reason: str) -> None:
        self.status = "FAILED"
        self.told.append(reason)

    def reason_of(self, error: Exception) -> str | None:
        return str(error)

    def unexplained(self, error: Exception | None) -> str:
        return str(error)

    def over(self) -> None:
        self.told.append("over")


def test_a_job_that_no_thread_is_left_for_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(state_dir=tmp_path)
    running = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    monkeypatch.setattr(runtime, "_current", running)

    def start(*_: Any) -> Work:
        raise JobError("no thread")

    monkeypatch.setattr(running.background, "start", start)
    job = Told()

    with pytest.raises(JobError, match="no thread"):
        job.start()
    assert (job.status, job.told) == ("FAILED", ["no thread", "over"])
