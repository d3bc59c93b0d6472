"""What endpoints answer, beside what the versions answered when they were evaluated."""

from collections.abc import Iterable
from dataclasses import dataclass

from contract import golden
from contract.family import Family
from contract.golden import Golden
from contract.manifest import target_model
from perennial.account.aws import Aws
from perennial.errors import OperatorError


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint said about one held-out row.

    Args:
        target_model: which model was asked.
        value: the answer.
        expected: what the registered version answered when it was evaluated.
        family: of the model.
    """

    target_model: str
    value: float
    expected: float
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
        OperatorError: it refuses, or answers anything but one number.
    """
    target = target_model(model)
    said = aws.invoke(endpoint, model=target, request=family.request(target_model=target, body=about.request))
    try:
        value = golden.number(said, family=family)
    except ValueError as error:
        raise OperatorError(f"{target} answered {error}") from error
    return Answer(target_model=target, value=value, expected=about.answer, family=family)


def check(found: Iterable[Answer], *, where: str) -> None:
    """An endpoint answered as the registered versions did when they were evaluated."""
    for answer in found:
        _answer(answer, where)


def _answer(found: Answer, where: str) -> None:
    if not golden.agrees(found.value, expected=found.expected, family=found.family):
        raise OperatorError(
            f"{found.target_model} in {where} answered {found.value:.8g}, its version answers {found.expected:.8g}"
        )
