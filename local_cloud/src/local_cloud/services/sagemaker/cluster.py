"""The containers of a job, which end together: when all are done, one fails, or somebody stops them.

A container gets SIGTERM and two minutes before SIGKILL, as on AWS:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local_cloud.kernel import runtime
from local_cloud.kernel.clock import Countdown
from local_cloud.kernel.processes import Completed, JobProcess

_GRACE_SECONDS = 120
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the containers ended.

    Args:
        completed: of the one that decided it: the first that failed, else the first of all.
        host: its name.
        lost: whether the instances were taken away.
    """

    completed: Completed
    host: str
    lost: bool = False


class Cluster:
    """Processes that run.

    Args:
        processes: by the names of their hosts.
    """

    def __init__(self, processes: Mapping[str, JobProcess]) -> None:
        self._processes = processes
        self._grace: Countdown | None = None

    @property
    def first(self) -> JobProcess:
        """The process of the first host."""
        return next(iter(self._processes.values()))

    def stop(self) -> None:
        """Ask all of them to end; `wait` sees to it that they do."""
        if self._grace is None:
            self._grace = runtime.current().clock.countdown(_GRACE_SECONDS)
            for process in self._processes.values():
                process.terminate()

    def wait(self, limit: Countdown, *, is_lost: Callable[[], bool]) -> Outcome:
        """Wait for their end.

        Args:
            limit: of their time; they are stopped then.
            is_lost: asked several times a second; once it is True the instances are taken away, and all are stopped.
        """
        timed_out = lost = False
        failed: tuple[str, int] | None = None
        while running := [process for process in self._processes.values() if process.is_running()]:
            failed = failed or self._failed()
            if failed and self._grace is None:
                self.stop()
            if self._grace is None and limit.is_over():
                timed_out = True
                self.stop()
            if self._grace is None and is_lost():
                lost = True
                self.stop()
            if self._grace is not None and self._grace.is_over():
                for process in running:
                    process.kill()
            running[0].ends_within(_LOOK_SECONDS)
        failed = failed or self._failed()
        # Instances that are taken away only after the last word of a container were so just before it; not from one
        # that failed, which is no interruption.
        lost = lost or (self._grace is None and failed is None and is_lost())
        for process in self._processes.values():
            # What a container started and left behind ends with it.
            runtime.current().processes.kill(process)
        host, code = failed or (next(iter(self._processes)), 0)
        return Outcome(completed=Completed(returncode=code, timed_out=timed_out, stopped=False), host=host, lost=lost)

    def _failed(self) -> tuple[str, int] | None:
        """The first host whose process has ended badly."""
        for host, process in self._processes.items():
            if process.ends_within(0) and (code := process.wait().returncode):
                return host, code
        return None
