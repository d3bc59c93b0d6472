"""Errors that all functions share; their class names are the error names that the state machines see.

FunctionError
├── InvalidEventError       the state machine passed something that the function does not take
├── UnknownModelError       no model of that name is configured
├── retraining.errors.RetrainingError
└── deployment.errors.DeploymentError
"""


class FunctionError(Exception):
    """Base of every error of the functions."""


class InvalidEventError(FunctionError):
    """The state machine passed something that the function does not take."""


class UnknownModelError(FunctionError):
    """No model of that name is configured."""
