"""A golden answer: what a version said about one row when it was evaluated, and whether an endpoint says the same.

The evaluation writes it into evaluation.json; from there it goes into a deployment's manifest. Whoever asks an
endpoint, the proof of a deployment or a person, compares here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# The evaluation and the endpoint run the same library on the same model; what differs is the last digit of a float32.
_TOLERANCE = 1e-5
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One row and its answer.

    Args:
        request: one CSV line.
        answer: what the version answered to it when it was evaluated.
    """

    request: str
    answer: float

    @classmethod
    def from_evaluation(cls, content: Mapping[str, Any]) -> Self:
        """Read evaluation.json."""
        golden = content["golden"]
        return cls(request=golden["request"], answer=float(golden["answer"]))


def number(said: str) -> float:
    """The number that an endpoint answered.

    Raises:
        ValueError: it said anything but one number; the message goes on after "answered".
    """
    try:
        return float(said)
    except ValueError as error:
        raise ValueError(f"{said[:_LONGEST]!r} instead of one number") from error


def agrees(answer: float, *, expected: float) -> bool:
    """Whether an endpoint's answer is that of the evaluation."""
    return math.isclose(answer, expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
