"""Judges the answer of a served model."""

import math

from retraining.errors import DeploymentNotProvenError


def check_probability(model: str, answer: str) -> float:
    """Check that a binary classifier answered one CSV line with one probability.

    Raises:
        DeploymentNotProvenError: the answer is anything else.
    """
    try:
        value = float(answer.strip())
    except ValueError as error:
        raise DeploymentNotProvenError(
            f"model {model} answered its golden request with {answer[:200]!r} instead of one number"
        ) from error
    if math.isnan(value) or not 0.0 <= value <= 1.0:
        raise DeploymentNotProvenError(
            f"model {model} answered its golden request with {value}, a probability lies between 0 and 1"
        )
    return value
