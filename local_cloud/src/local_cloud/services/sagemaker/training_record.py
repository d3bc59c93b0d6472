"""A training job as it lies in moto's backend, and what is told about it."""

from typing import Any

from moto.core.utils import utcnow


class TrainingRecord:
    """One job, around the object that moto keeps of it.

    Args:
        job: moto's.
    """

    def __init__(self, job: Any) -> None:
        self._job = job
        # Without instances, which is not billed.
        self.idle_seconds = 0.0

    @property
    def key(self) -> str:
        """TrainingJobArn."""
        return str(self._job.arn)

    @property
    def name(self) -> str:
        """TrainingJobName."""
        return str(self._job.training_job_name)

    @property
    def role_arn(self) -> str:
        """RoleArn."""
        return str(self._job.role_arn)

    @property
    def status(self) -> str:
        """TrainingJobStatus."""
        return str(self._job.training_job_status)

    def describe(self) -> dict[str, Any]:
        """DescribeTrainingJob's answer."""
        return dict(self._job.response_object)

    def list_item(self) -> dict[str, Any]:
        """What ListTrainingJobs tells of it."""
        known = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.key,
            "CreationTime": self._job.creation_time,
            "TrainingEndTime": self._job.training_end_time,
            "LastModifiedTime": self._job.last_modified_time,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self._job.secondary_status,
        }
        return {member: content for member, content in known.items() if content is not None}

    def summary(self) -> dict[str, Any]:
        """What a tuning job's list of its trials tells of it."""
        known = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.key,
            "CreationTime": self._job.creation_time,
            "TrainingStartTime": self._job.training_start_time,
            "TrainingEndTime": self._job.training_end_time,
            "TrainingJobStatus": self.status,
            "FailureReason": getattr(self._job, "failure_reason", None),
        }
        return {member: content for member, content in known.items() if content is not None}

    def enter_once(self, secondary: str, message: str) -> None:
        """Enter what all hosts do at the same time."""
        if self._job.secondary_status != secondary:
            self.enter(secondary, message)

    def enter(self, secondary: str, message: str) -> None:
        """Enter a secondary status.

        Args:
            secondary: SecondaryStatus.
            message: StatusMessage of its transition.
        """
        now, job = utcnow(), self._job
        if job.secondary_status_transitions:
            job.secondary_status_transitions[-1]["EndTime"] = now
        job.secondary_status_transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        job.secondary_status, job.last_modified_time = secondary, now

    def end(self, status: str, reason: str | None, *, secondary: str | None = None) -> None:
        """Enter a final status.

        Args:
            status: TrainingJobStatus.
            reason: FailureReason.
            secondary: SecondaryStatus if it is another one.
        """
        self.enter(secondary or status, reason or f"Training job {status.lower()}")
        now, job = utcnow(), self._job
        job.secondary_status_transitions[-1]["EndTime"] = now
        job.failure_reason = reason
        job.training_end_time = now
        if job.training_start_time is not None:
            seconds = max(1, int((now - job.training_start_time).total_seconds()))
            job.training_time_in_seconds = seconds
            job.billable_time_in_seconds = max(1, int(seconds - self.idle_seconds))
        # Last: whoever polls the status must find the rest in place.
        job.training_job_status = status
