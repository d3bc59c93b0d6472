"""Faults of jobs: builds, Glue job runs, training jobs, the trials of a tuning job, processing and transform jobs.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html (FailureReason)
    https://docs.aws.amazon.com/glue/latest/dg/troubleshooting-glue.html
"""

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from local_cloud.faults import plan
from local_cloud.faults.kinds import JOB, KINDS, SPOT_INTERRUPTION
from local_cloud.faults.plan import Fault
from local_cloud.kernel.processes import Completed, JobProcess

# What is decided when a job starts.
_AT_THE_START = tuple(name for name, kind in KINDS.items() if kind.target == JOB and name != SPOT_INTERRUPTION)
# A program that does nothing until somebody ends it.
_IDLE = (sys.executable, "-c", "import signal; signal.pause()")
_MIDWAY_SECONDS = 1.0

_OF_SAGEMAKER = {
    "algorithm": "AlgorithmError: the container failed on a test's order, exit code: 1",
    "capacity": (
        "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance"
        " type."
    ),
    "client": "ClientError: the job was refused on a test's order",
    "internal": "InternalServerError: We encountered an internal error. Please try again.",
}
_OF_BUILDS = {
    "algorithm": "the build failed on a test's order",
    "capacity": "Build container found dead before completing the build on a test's order",
    "client": "the build was refused on a test's order",
    "internal": "Internal service error",
}
_OF_GLUE = {
    "algorithm": "Command failed with exit code 1",
    "capacity": "Resource unavailable",
    "client": "InvalidInputException: the job run was refused on a test's order",
    "internal": "Internal service error",
}


def strike(job: str, *, name: str, account_id: str) -> Fault | None:
    """The fault that befalls a job at its start, None when it runs as it should.

    Args:
        job: build, glue, processing, training, transform or trial.
        name: of the job.
        account_id: whose it is.
    """
    return plan.strike(
        JOB,
        account_id=account_id,
        fits=lambda fault: fault.given["job"] == job and fault.matches("name", name),
        kinds=_AT_THE_START,
    )


def failure_reason(fault: Fault | None, job: str, *, kind: str) -> str | None:
    """What a job that a fault of this kind befell says of its failure; None when none did.

    Args:
        fault: of the job.
        job: as in `strike`.
        kind: of the fault.
    """
    if fault is None or fault.kind != kind:
        return None
    known: Mapping[str, str] = {"build": _OF_BUILDS, "glue": _OF_GLUE}.get(job, _OF_SAGEMAKER)
    default = "algorithm" if kind == "job_failure" else "internal"
    return str(fault.given.get("reason") or known[fault.given.get("cause", default)])


def command(fault: Fault | None, argv: Sequence[str]) -> list[str]:
    """The program that a job's process runs: its own, or one that never ends."""
    return list(_IDLE if fault is not None and fault.kind == "job_hang" else argv)


def crashes(fault: Fault | None) -> bool:
    """Whether the job's process is killed midway."""
    return fault is not None and fault.kind == "job_crash"


def crash(process: JobProcess, log: Path) -> Completed:
    """Kill a job's process once it is at work: at its first output, or after a second.

    Args:
        process: of the job. One that was done before counts as killed just before its end.
        log: takes its output.
    """
    end = time.monotonic() + _MIDWAY_SECONDS
    while process.is_running() and time.monotonic() < end and not (log.exists() and log.stat().st_size):
        time.sleep(0.02)
    process.kill()
    return replace(process.wait(), returncode=-signal.SIGKILL)


def incomplete(paths: Sequence[Path]) -> list[Path]:
    """What arrives of a job's outputs: the first half of the files, or of the bytes when there is one file only."""
    if len(paths) == 1:
        content = paths[0].read_bytes()
        paths[0].write_bytes(content[: len(content) // 2])
        return list(paths)
    return list(paths[: len(paths) // 2])
