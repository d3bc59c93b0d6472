"""A golden answer: what a version said about one row when it was evaluated, and whether an endpoint says the same.

The evaluation writes it into evaluation.json; from there it goes into a deployment's manifest. Whoever asks an
endpoint, the proof of a deployment or a person, compares here. How an answer is read, and how exact it is, the model's
family says.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from contract.family import Family

_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One row and its answer.

    Args:
        request: body of a request, in the family's content type.
        answer: what the version answered to it when it was evaluated.
    """

    request: str
    answer: float

    @classmethod
    def from_evaluation(cls, content: Mapping[str, Any]) -> Self:
        """Read evaluation.json."""
        golden = content["golden"]
        return cls(request=golden["request"], answer=float(golden["answer"]))


def number(said: str, *, family: Family) -> float:
    """The number that an endpoint answered.

    Raises:
        ValueError: it said anything but one number; the message goes on after "answered".
    """
    place = f" at {family.answer}" if family.answer else ""
    try:
        return _pointed(json.loads(said), family.answer) if family.answer else float(said)
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"{said[:_LONGEST]!r} instead of one number{place}") from error


def agrees(answer: float, *, expected: float, family: Family) -> bool:
    """Whether an endpoint's answer is that of the evaluation."""
    return math.isclose(answer, expected, rel_tol=family.tolerance, abs_tol=family.tolerance)


def _pointed(content: Any, pointer: str) -> float:
    """The number that a JSON pointer names: https://www.rfc-editor.org/rfc/rfc6901."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        content = content[int(name)] if isinstance(content, list) and name.isdecimal() else content[name]
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise TypeError(f"{content!r} is no number")
    return float(content)
