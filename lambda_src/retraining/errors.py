"""Errors of the retraining functions; their class names are the error names that the state machine sees.

RetrainingError
├── ChampionNotReadableError    the artifact of the approved version cannot be read
├── InvalidInputError           a run was started with an input that means nothing
├── MetricNotFoundError         a training job or an evaluation reported no such metric
├── NoBestTrainingJobError      a tuning job ended without a usable trial
├── NoRawDataError              there is nothing below the model's raw prefix
├── NotConfiguredError          a model is to do what its configuration does not say
└── StartFailedError            due models could not be started
"""

from shared.errors import FunctionError


class RetrainingError(FunctionError):
    """Base of every error of the retraining functions."""


class ChampionNotReadableError(RetrainingError):
    """The approved version that a candidate is compared with has an artifact that cannot be read."""


class InvalidInputError(RetrainingError):
    """A run was started with an input that means nothing."""


class MetricNotFoundError(RetrainingError):
    """A training job or an evaluation reported no such metric."""


class NoBestTrainingJobError(RetrainingError):
    """A tuning job ended without a usable trial."""


class NoRawDataError(RetrainingError):
    """There is nothing below the model's raw prefix; the message has the command that uploads."""


class NotConfiguredError(RetrainingError):
    """A model is to do what its configuration does not say; the message has what to add."""


class StartFailedError(RetrainingError):
    """Due models could not be started; the message names them."""
