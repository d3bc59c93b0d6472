"""What endpoints answer, beside what the versions answered when they were evaluated."""

from collections.abc import Iterable
from dataclasses import dataclass

from contract import golden
from perennial.errors import OperatorError


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint said about one held-out row.

    Args:
        target_model: which model was asked.
        value: the answer.
        expected: what the registered version answered when it was evaluated.
    """

    target_model: str
    value: float
    expected: float


def check(found: Iterable[Answer], *, where: str) -> None:
    """An endpoint answered as the registered versions did when they were evaluated."""
    for answer in found:
        _answer(answer, where)


def _answer(found: Answer, where: str) -> None:
    if not golden.agrees(found.value, expected=found.expected):
        raise OperatorError(
            f"{found.target_model} in {where} answered {found.value:.8g}, its version answers {found.expected:.8g}"
        )
