"""What all of SageMaker's jobs have in common."""

from typing import ClassVar

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import ServiceException

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.job import Job

_LONGEST_REASON = 1024


class JobFailedError(LocalCloudError):
    """The job failed; the message is its FailureReason."""


class SageMakerJob(Job):
    """A job with SageMaker's statuses and reasons."""

    UNDER_WAY: ClassVar = ("InProgress", "Stopping")
    INTERRUPTED: ClassVar = "InternalServerError: the local cloud stopped while the job ran"

    def reason_of(self, error: Exception) -> str | None:
        """FailureReason: the container's own, or what the role or the request lacks."""
        if isinstance(error, JobFailedError):
            return str(error)[:_LONGEST_REASON]
        if isinstance(error, ServiceException):
            return f"ClientError: {error.message}"[:_LONGEST_REASON]
        if isinstance(error, LocalCloudError | ClientError | BotoCoreError | Boto3Error | OSError):
            return f"ClientError: {error}"[:_LONGEST_REASON]
        return None

    def unexplained(self, error: Exception | None) -> str:  # noqa: ARG002  # AWS does not tell it either
        """FailureReason of what is not the caller's fault."""
        if runtime.current().processes.is_closed:
            return self.INTERRUPTED
        return "InternalServerError: We encountered an internal error. Please try again."
