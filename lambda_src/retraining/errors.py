"""Errors of the retraining functions; their class names are the error names that the state machine sees.

RetrainingError
├── InvalidEventError       the state machine passed something that the function does not take
├── MetricNotFoundError     the training job reported no such metric
└── DeploymentNotProvenError    the endpoint does not answer as a model of ours must
"""


class RetrainingError(Exception):
    """Base of every error of the retraining functions."""


class InvalidEventError(RetrainingError):
    """The state machine passed something that the function does not take."""


class MetricNotFoundError(RetrainingError):
    """The training job reported no such metric."""


class DeploymentNotProvenError(RetrainingError):
    """The endpoint does not answer as a model of ours must."""
