"""Judges the answer of a served model."""

from contract import golden
from contract.family import Family
from deployment.errors import DeploymentNotProvenError


def check_answer(model: str, answer: str, *, expected: float, family: Family) -> float:
    """Check that a model answered its golden request as it did when it was evaluated.

    Raises:
        DeploymentNotProvenError: it answered anything else.
    """
    try:
        value = golden.number(answer, family=family)
    except ValueError as error:
        raise DeploymentNotProvenError(f"model {model} answered its golden request with {error}") from error
    if not golden.agrees(value, expected=expected, family=family):
        raise DeploymentNotProvenError(
            f"model {model} answered its golden request with {value:.10g}, "
            f"the registered version answers {expected:.10g}"
        )
    return value
