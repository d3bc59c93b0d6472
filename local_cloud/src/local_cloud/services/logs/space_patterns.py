"""Filter patterns of fields between spaces: ``[ip, ..., status_code = 4*, bytes > 1000]``.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
"""

import re
from collections.abc import Callable

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.logs.conditions import Condition, Reader, tokens_of
from local_cloud.services.logs.operands import OPERATORS, PatternError, check_count

_ELLIPSIS = "..."
_NAME = re.compile(r"\w+")
_TOKEN = re.compile(
    r"\s*(?:\"(?:[^\"\\]|\\.)*\"|%[^%]*%|&&|\|\||!=|<=|>=|=|<|>|,|\(|\)|(?:(?!&&|\|\||!=)[^\s\",=<>()%])+)"
)
# A text between quotation marks or brackets is one field.
_WORD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')


def compiled(text: str) -> Callable[[str], bool]:
    """What says whether the words of a message have what a pattern asks of its fields.

    Raises:
        PatternError: it is none that AWS takes.
        NotEmulatedError: it has several ellipses, or a condition of one field in another one.
    """
    if not text.endswith("]"):
        raise PatternError(f"Invalid filter pattern: {text} has no closing bracket.")
    fields = _fields(tokens_of(text[1:-1], _TOKEN))
    if fields.count([_ELLIPSIS]) > 1:
        raise NotEmulatedError(
            f"the local cloud does not emulate filter patterns with several ellipses, got {text}; use one"
        )
    split = fields.index([_ELLIPSIS]) if [_ELLIPSIS] in fields else len(fields)
    readers = [_Reader(tokens) for tokens in fields if tokens != [_ELLIPSIS]]
    conditions = [reader.whole() for reader in readers]
    check_count([each for reader in readers for each in reader.operands])
    head, tail = conditions[:split], conditions[split:]

    def matches(message: str) -> bool:
        words = [found[1] or found[2] or found[3] or "" for found in _WORD.finditer(message)]
        if len(words) < len(conditions):
            return False
        chosen = [*words[: len(head)], *words[len(words) - len(tail) :]]
        return all(condition(word) for condition, word in zip([*head, *tail], chosen, strict=True))

    return matches


def _fields(tokens: list[str]) -> list[list[str]]:
    """The tokens of each field."""
    fields: list[list[str]] = [[]]
    for part in tokens:
        if part == ",":
            fields.append([])
        else:
            fields[-1].append(part)
    if [] in fields:
        raise PatternError("Invalid filter pattern: a field is empty; give each one a name.")
    return fields


class _Reader(Reader[str]):
    """Reads the conditions of one field."""

    def __init__(self, tokens: list[str]) -> None:
        super().__init__(tokens)
        self._name = ""

    def _condition(self) -> Condition[str]:
        name = self._next()
        if not _NAME.fullmatch(name):
            raise PatternError(f"Invalid filter pattern: a field needs a name of letters and digits, got {name}.")
        if self._name and name != self._name:
            raise NotEmulatedError(
                f"the local cloud does not emulate filter patterns with a condition of the field {name} in the field "
                f"{self._name}; move it there"
            )
        self._name = name
        if self._peek() not in OPERATORS:
            return lambda _: True
        operator = self._next()
        right = self._operand(operator)
        return lambda word: right.compare(operator, word)
