"""Judges the answer of a served model."""

from contract import golden
from contract.family import Family
from contract.golden import Answer
from deployment.errors import DeploymentNotProvenError


def check_answer(model: str, answer: str, *, expected: Answer, family: Family) -> Answer:
    """Check that a model answered its golden request as it did when it was evaluated.

    Args:
        model: its name.
        answer: what the endpoint said.
        expected: what the version said then: a number, a label, a list of scores, or an object.
        family: how an answer is read, and how exact it is.

    Raises:
        DeploymentNotProvenError: it answered anything else.
    """
    try:
        value = golden.read(answer, family=family)
    except ValueError as error:
        raise DeploymentNotProvenError(f"model {model} answered its golden request with {error}") from error
    if not golden.agrees(value, expected=expected, family=family):
        raise DeploymentNotProvenError(
            f"model {model} answered its golden request with {golden.shown(value)}, "
            f"the registered version answers {golden.shown(expected)}"
        )
    return value
