"""Judges the answer of a served model."""

import math

from deployment.errors import DeploymentNotProvenError

# The evaluation and the endpoint run the same library on the same model; what differs is the last digit of a float32.
_TOLERANCE = 1e-5


def check_answer(model: str, answer: str, *, expected: float) -> float:
    """Check that a model answered its golden request as it did when it was evaluated.

    Raises:
        DeploymentNotProvenError: it answered anything else.
    """
    try:
        value = float(answer.strip())
    except ValueError as error:
        raise DeploymentNotProvenError(
            f"model {model} answered its golden request with {answer[:200]!r} instead of one number"
        ) from error
    if not math.isclose(value, expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
        raise DeploymentNotProvenError(
            f"model {model} answered its golden request with {value:.10g}, "
            f"the registered version answers {expected:.10g}"
        )
    return value
