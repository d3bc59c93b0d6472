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

# A number, a class label, a list of scores, or an object of them: what JSON can say.
Answer = Any
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One row and its answer.

    Args:
        request: body of a request, in the family's content type.
        answer: what the version answered to it when it was evaluated.
    """

    request: str
    answer: Answer

    @classmethod
    def from_evaluation(cls, content: Mapping[str, Any]) -> Self:
        """Read evaluation.json."""
        golden = content["golden"]
        return cls(request=golden["request"], answer=golden["answer"])


def read(said: str, *, family: Family) -> Answer:
    """What an endpoint answered: the value at the family's pointer.

    An answer that is no JSON is a number, a label, or several of them between commas.

    Raises:
        ValueError: there is nothing at that place; the message goes on after "answered".
    """
    try:
        content = _content(said, as_json="json" in family.accept or family.answer != "")
        return _pointed(content, family.answer)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        place = f"a value at {family.answer}" if family.answer else f"an answer in {family.accept}"
        raise ValueError(f"{said[:_LONGEST]!r} instead of {place}") from error


def agrees(answer: Answer, *, expected: Answer, family: Family) -> bool:
    """Whether an endpoint's answer is that of the evaluation: numbers nearly, all else exactly, part by part."""
    if isinstance(answer, list) and isinstance(expected, list):
        pairs = list(zip(answer, expected, strict=False))
        return len(answer) == len(expected) and all(agrees(one, expected=other, family=family) for one, other in pairs)
    if isinstance(answer, dict) and isinstance(expected, dict):
        return answer.keys() == expected.keys() and all(
            agrees(value, expected=expected[name], family=family) for name, value in answer.items()
        )
    if _is_number(answer) and _is_number(expected):
        return math.isclose(answer, expected, rel_tol=family.tolerance, abs_tol=family.tolerance)
    return type(answer) is type(expected) and bool(answer == expected)


def shown(answer: Answer) -> str:
    """An answer in a line for people: a number with ten digits, anything else as JSON, cut."""
    return f"{answer:.10g}" if _is_number(answer) else json.dumps(answer, ensure_ascii=False)[:_LONGEST]


def _content(said: str, *, as_json: bool) -> Answer:
    """An answer, read as training_src/evaluation reads those of a batch transform job."""
    text = said.strip()
    if as_json:
        return json.loads(text)
    if not text:
        raise ValueError("nothing was answered")
    # A class may be called true or null, so that CSV is never read as JSON.
    cells = [_cell(cell.strip()) for cell in text.strip("[]").split(",")]
    return cells[0] if len(cells) == 1 else cells


def _cell(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _is_number(value: Answer) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pointed(content: Answer, pointer: str) -> Answer:
    """The value that a JSON pointer names: https://www.rfc-editor.org/rfc/rfc6901."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        content = content[int(name)] if isinstance(content, list) and name.isdecimal() else content[name]
    return content
