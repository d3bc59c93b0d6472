"""A job run as moto keeps it: plain values, so that snapshots of the server can hold it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class JobRun:
    """One run of a Glue job.

    Reference: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html

    Args:
        job_run_id: ``jr_`` and 64 hexadecimal digits.
        job_name: the job.
        arguments: the run's own arguments, as AWS shows them.
        timeout: in minutes.
        glue_version: for example ``5.1``.
        worker_type: as asked for; the run has this machine's size.
        number_of_workers: as asked for.
        execution_class: ``STANDARD`` or ``FLEX``; both start at once here.
        log_groups: what the names of its log groups begin with.
    """

    job_run_id: str
    job_name: str
    arguments: dict[str, str]
    timeout: int
    glue_version: str
    worker_type: str | None
    number_of_workers: int | None
    execution_class: str
    log_groups: str = "/aws-glue/jobs"
    status: str = "STARTING"
    error_message: str | None = None
    started_on: datetime = field(default_factory=_now)
    modified_on: datetime = field(default_factory=_now)
    completed_on: datetime | None = None

    @property
    def is_active(self) -> bool:
        """True until the run has ended."""
        return self.status not in ENDED

    def move_to(self, status: str, *, error_message: str | None = None) -> None:
        """Change the state; a run that has ended stays as it is, and one that is being stopped does not run again."""
        if not self.is_active or (self.status == "STOPPING" and status == "RUNNING"):
            return
        self.error_message = error_message
        self.modified_on = _now()
        if status in ENDED:
            self.completed_on = self.modified_on
        # Last: whoever polls the state must find the rest in place.
        self.status = status

    def as_dict(self) -> dict[str, Any]:
        """What moto answers of it."""
        return self.describe()

    def summary(self) -> dict[str, Any]:
        """An item of GetJobRuns's answer, which tells the same."""
        return self.describe()

    def describe(self) -> dict[str, Any]:
        """GetJobRun's answer."""
        seconds = ((self.completed_on or _now()) - self.started_on).total_seconds()
        optional = {
            "CompletedOn": self.completed_on,
            "ErrorMessage": self.error_message,
            "WorkerType": self.worker_type,
            "NumberOfWorkers": self.number_of_workers,
        }
        return {
            "Id": self.job_run_id,
            "Attempt": 0,
            "JobName": self.job_name,
            "StartedOn": self.started_on,
            "LastModifiedOn": self.modified_on,
            "JobRunState": self.status,
            "Arguments": self.arguments,
            "PredecessorRuns": [],
            "ExecutionTime": int(seconds),
            "Timeout": self.timeout,
            "LogGroupName": self.log_groups,
            "GlueVersion": self.glue_version,
            "ExecutionClass": self.execution_class,
        } | {name: value for name, value in optional.items() if value is not None}
