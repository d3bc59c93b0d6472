"""Filter patterns of JSON: ``{ $.level = "ERROR" && ($.latency > 1000 || $.user.id NOT EXISTS) }``.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from local_cloud.services.logs.conditions import Condition, Reader, tokens_of
from local_cloud.services.logs.operands import OPERATORS, Operand, PatternError

_SELECTOR = re.compile(r"\$\.[\w-]+(?:\.[\w-]+|\[(?:\d+|\*)\])*", re.ASCII)
_TOKEN = re.compile(
    r"\s*(?:\$(?:\.[\w-]+|\[(?:\d+|\*)\])+|\"(?:[^\"\\]|\\.)*\"|%[^%]*%|&&|\|\||!=|<=|>=|=|<|>|\(|\)"
    r"|(?:(?!&&|\|\||!=)[^\s\"=<>()%$])+)"
)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+|\*)\]")
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_MOST_WILDCARDS = 3


def compiled(text: str) -> Callable[[str], bool]:
    """What says whether a message is JSON with what a pattern asks for.

    Raises:
        PatternError: it is none that AWS takes.
    """
    if not text.endswith("}"):
        raise PatternError(f"Invalid filter pattern: {text} has no closing brace.")
    reader = _Reader(tokens_of(text[1:-1], _TOKEN))
    condition = reader.whole()

    def matches(message: str) -> bool:
        try:
            event = json.loads(message)
        except ValueError:
            return False
        return isinstance(event, dict) and condition(event)

    return matches


def _selected(event: Any, steps: list[tuple[str, str]]) -> Iterator[Any]:
    """What a selector finds: one value, several behind a wildcard, none where there is no such field."""
    if not steps:
        yield event
        return
    (name, index), rest = steps[0], steps[1:]
    if name and isinstance(event, dict) and name in event:
        yield from _selected(event[name], rest)
    elif index and isinstance(event, list):
        items = event if index == "*" else event[int(index) : int(index) + 1]
        for item in items:
            yield from _selected(item, rest)


class _Reader(Reader[Any]):
    """Reads the conditions of an event."""

    def __init__(self, tokens: list[str]) -> None:
        super().__init__(tokens)
        self._wildcards = 0

    def _condition(self) -> Condition[Any]:
        steps = self._selector()
        word = self._next()
        if word in OPERATORS:
            right = self._operand(word)
            return lambda event: any(_compares(word, value, right) for value in _selected(event, steps))
        if word == "NOT" and self._next() == "EXISTS":
            return lambda event: not any(True for _ in _selected(event, steps))
        if word == "IS" and (constant := self._next()) in _CONSTANTS:
            wanted = _CONSTANTS[constant]
            return lambda event: any(value is wanted for value in _selected(event, steps))
        raise PatternError(
            f"Invalid filter pattern: got {word} behind a selector; a comparison, IS NULL, IS TRUE, IS FALSE and "
            "NOT EXISTS are allowed."
        )

    def _selector(self) -> list[tuple[str, str]]:
        text = self._next()
        if not _SELECTOR.fullmatch(text):
            raise PatternError(f"Invalid filter pattern: a selector begins with $., got {text!r}.")
        steps = _STEP.findall(text)
        wildcards = sum(index == "*" for _, index in steps)
        self._wildcards += wildcards
        if wildcards > 1 or self._wildcards > _MOST_WILDCARDS:
            raise PatternError(
                f"Invalid filter pattern: one wildcard is allowed in a selector, {_MOST_WILDCARDS} in a pattern."
            )
        return steps


def _compares(operator: str, value: Any, right: Operand) -> bool:
    """Objects, lists and null are compared with nothing."""
    if isinstance(value, bool):
        return right.compare(operator, "true" if value else "false")
    return isinstance(value, (str, int, float)) and right.compare(operator, value)
