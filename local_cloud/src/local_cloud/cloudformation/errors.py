"""Errors of the CloudFormation engine, in CloudFormation's own words.

CloudFormationError
├── ValidationError                 the request or the template is wrong
├── InsufficientCapabilitiesError   the request does not agree to what the template makes
├── ChangeSetNotFoundError          no such change set
└── ResourceFailure                 one resource could not be made, changed or removed
"""

from moto.core.exceptions import ServiceException


class CloudFormationError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """Base; `code` is what the client sees."""


class ValidationError(CloudFormationError):
    """The request or the template is wrong."""

    code = "ValidationError"


class ChangeSetNotFoundError(CloudFormationError):
    """No such change set."""

    code = "ChangeSetNotFound"


class InsufficientCapabilitiesError(CloudFormationError):
    """The request does not agree to what the template makes."""

    code = "InsufficientCapabilitiesException"


class ResourceFailure(Exception):  # noqa: N818  # CloudFormation's own term
    """One resource could not be made, changed or removed; the text is the event's reason."""
