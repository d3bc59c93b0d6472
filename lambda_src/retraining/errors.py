"""Errors of the retraining functions; their class names are the error names that the state machine sees.

RetrainingError
├── InvalidInputError           a run was started with an input that means nothing
├── MetricNotFoundError         a training job or an evaluation reported no such metric
├── NoBestTrainingJobError      a tuning job ended without a usable trial
└── StartFailedError            due models could not be started
"""

from shared.errors import FunctionError


class RetrainingError(FunctionError):
    """Base of every error of the retraining functions."""


class InvalidInputError(RetrainingError):
    """A run was started with an input that means nothing."""


class MetricNotFoundError(RetrainingError):
    """A training job or an evaluation reported no such metric."""


class NoBestTrainingJobError(RetrainingError):
    """A tuning job ended without a usable trial."""


class StartFailedError(RetrainingError):
    """Due models could not be started; the message names them."""
