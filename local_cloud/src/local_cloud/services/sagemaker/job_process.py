"""The process of a job, which somebody else may stop."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local_cloud.faults import jobs
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.processes import Completed, JobProcess

_running: dict[str, JobProcess] = {}


class InterruptedJobError(LocalCloudError):
    """The server stops, and ended the process; the message is the job's FailureReason."""

    def __init__(self) -> None:
        super().__init__("InternalServerError: the local cloud stopped while the job ran")


def unexplained_end() -> str:
    """FailureReason of a job whose thread ended without an outcome."""
    if runtime.current().processes.is_closed:
        return str(InterruptedJobError())
    return "InternalServerError: We encountered an internal error. Please try again."


def run(
    argv: Sequence[str],
    *,
    arn: str,
    environment: Mapping[str, str],
    cwd: Path,
    log: Path,
    timeout_seconds: float,
    is_stopping: Callable[[], bool],
    fault: Fault | None = None,
) -> Completed:
    """Run a job's process to its end.

    Args:
        argv: the program.
        arn: the job's.
        environment: all of it.
        cwd: where it starts.
        log: takes its output.
        timeout_seconds: of virtual time; after that it is stopped.
        is_stopping: whether the job was asked to stop before there was a process.
        fault: of the job.

    Raises:
        JobError: it cannot be started.
        InterruptedJobError: the server stops.
    """
    process = runtime.current().processes.start(jobs.command(fault, argv), environment=environment, cwd=cwd, log=log)
    _running[arn] = process
    try:
        # Whoever stops the job marks it first and looks for its process then; here it is the other way round.
        if is_stopping():
            process.stop()
        if jobs.crashes(fault):
            completed = jobs.crash(process, log)
        else:
            completed = process.wait(limit=runtime.current().clock.countdown(timeout_seconds))
    finally:
        del _running[arn]
    if runtime.current().processes.is_closed:
        raise InterruptedJobError
    return completed


def stop(arn: str) -> None:
    """Stop a job's process, if it has one."""
    process = _running.get(arn)
    if process is not None:
        process.stop()
