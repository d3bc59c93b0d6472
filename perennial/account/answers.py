"""What endpoints answer, beside what the versions answered when they were evaluated."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from perennial.errors import OperatorError

# The endpoint and the evaluation run the same library on the same model; what differs is the last digit of a float32.
_TOLERANCE = 1e-5


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
    if not math.isclose(found.value, found.expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
        raise OperatorError(
            f"{found.target_model} in {where} answered {found.value:.8g}, its version answers {found.expected:.8g}"
        )
