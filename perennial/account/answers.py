"""What endpoints answer, beside what the versions answered when they were evaluated."""

from collections.abc import Iterable
from dataclasses import dataclass

from contract import golden
from contract.family import Family
from contract.golden import Answer as Value
from contract.golden import Golden
from contract.manifest import target_model
from perennial.account.aws import Aws
from perennial.errors import OperatorError


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint said about one held-out row.

    Args:
        target_model: which model was asked.
        value: the answer: a number, a label, a list of scores, or an object.
        expected: what the registered version answered when it was evaluated.
        family: of the model.
    """

    target_model: str
    value: Value
    expected: Value
    family: Family


def ask(aws: Aws, *, endpoint: str, model: str, about: Golden, family: Family) -> Answer:
    """Ask an endpoint about one held-out row.

    Args:
        aws: the account.
        endpoint: its name.
        model: which one is asked.
        about: the row, and the answer of its evaluation.
        family: of the model, as it is served there.

    Raises:
        OperatorError: it refuses, or answers what its family does not.
    """
    target = target_model(model)
    said = aws.invoke(endpoint, model=target, request=family.request(target_model=target, body=about.request))
    try:
        value = golden.read(said, family=family)
    except ValueError as error:
        raise OperatorError(f"{target} answered {error}") from error
    return Answer(target_model=target, value=value, expected=about.answer, family=family)


def check(found: Iterable[Answer], *, where: str) -> None:
    """An endpoint answered as the registered versions did when they were evaluated."""
    for answer in found:
        _answer(answer, where)


def shown(value: Value) -> str:
    """An answer as people read it: a number as single precision has it, anything else as JSON."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.8g}" if is_number else golden.shown(value)


def _answer(found: Answer, where: str) -> None:
    if not golden.agrees(found.value, expected=found.expected, family=found.family):
        raise OperatorError(
            f"{found.target_model} in {where} answered {shown(found.value)}, "
            f"its version answers {shown(found.expected)}"
        )
