"""Errors of builds."""

from local_cloud.kernel.errors import LocalCloudError


class PhaseError(LocalCloudError):
    """A phase of a build failed.

    Args:
        code: statusCode of the phase's context, for example ``CLIENT_ERROR`` or ``YAML_FILE_ERROR``.
        message: its message.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class StoppedError(LocalCloudError):
    """Somebody stopped the build."""


class TimedOutError(LocalCloudError):
    """The build's time is up."""


class InvalidRequestError(LocalCloudError):
    """A request is wrong on AWS too; answered as InvalidInputException."""


class MissingProjectError(LocalCloudError):
    """There is no such project; answered as ResourceNotFoundException."""


class TooManyBuildsError(LocalCloudError):
    """A project's limit of concurrent builds is reached; answered as AccountLimitExceededException."""
