"""Errors of the local cloud.

LocalCloudError
├── NotEmulatedError        an API call, resource type or parameter that the local cloud does not cover
├── AccessDeniedError       a role, trust policy or resource policy does not allow the call
├── JobError                a job's process could not be run to its end
└── ServerError             the server process could not be started, reached or stopped
"""


class LocalCloudError(Exception):
    """Base of every error that the local cloud raises itself."""


class NotEmulatedError(LocalCloudError):
    """What was asked for exists on AWS but is not covered here; never answered with a fake success."""


class AccessDeniedError(LocalCloudError):
    """A principal lacks a permission.

    Args:
        principal: ARN of the role (or the service principal) that made the call.
        action: IAM action, for example ``s3:GetObject``.
        resource: ARN of the resource.
        reason: which policy decided, in words.
    """

    def __init__(self, *, principal: str, action: str, resource: str, reason: str) -> None:
        super().__init__(f"{principal} is not authorized to perform: {action} on resource: {resource} because {reason}")
        self.principal = principal
        self.action = action
        self.resource = resource
        self.reason = reason


class JobError(LocalCloudError):
    """A job's process could not be run to its end."""


class ServerError(LocalCloudError):
    """The server process could not be started, reached or stopped."""
