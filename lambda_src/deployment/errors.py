"""Errors of the deployment functions; their class names are the error names that the state machine sees.

DeploymentError
├── EndpointBusyError           the endpoint is being changed by somebody else
├── RegistryNotReadableError    the registry denies access to a model that serves here
├── ForeignVersionError         a version was not registered by the retraining workflow
├── DigestMismatchError         an artifact is not the one that was registered
├── UnsafeArtifactError         an artifact holds anything but one model in its family's own format
└── DeploymentNotProvenError    the endpoint does not answer as a model of ours must
"""

from shared.errors import FunctionError


class DeploymentError(FunctionError):
    """Base of every error of the deployment functions."""


class EndpointBusyError(DeploymentError):
    """The endpoint is being changed by somebody else; it passes by itself."""


class RegistryNotReadableError(DeploymentError):
    """The registry denies access to a model that serves here."""


class ForeignVersionError(DeploymentError):
    """A version was not registered by the retraining workflow, so nothing says how to prove it."""


class DigestMismatchError(DeploymentError):
    """An artifact is not the one that was registered."""


class UnsafeArtifactError(DeploymentError):
    """An artifact holds anything but one model in its family's own format; a pickle, say, would run code."""


class DeploymentNotProvenError(DeploymentError):
    """The endpoint does not answer as a model of ours must."""
