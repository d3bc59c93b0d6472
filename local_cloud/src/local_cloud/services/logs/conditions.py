"""Reads what patterns of JSON and of fields have in common: conditions joined by &&, || and parentheses."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from local_cloud.services.logs.operands import Operand, PatternError, check_count, operand

_Event = TypeVar("_Event")
Condition = Callable[[_Event], bool]


def tokens_of(text: str, token: re.Pattern[str]) -> list[str]:
    """The tokens of a pattern, without the space between them.

    Raises:
        PatternError: something is no token.
    """
    tokens: list[str] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        found = token.match(text, position)
        if found is None:
            raise PatternError(f"Invalid filter pattern: unexpected text at {text[position:].strip()}")
        tokens.append(found[0].strip())
        position = found.end()
    return tokens


class Reader(ABC, Generic[_Event]):
    """Reads an expression: parentheses bind before &&, && before ||.

    Args:
        tokens: of the expression.
    """

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self.operands: list[Operand] = []

    def whole(self) -> Condition[_Event]:
        """What the whole expression asks for.

        Raises:
            PatternError: it is none.
        """
        condition = self._either()
        if self._tokens != [""]:
            raise PatternError(f"Invalid filter pattern: unexpected text at {' '.join(self._tokens).strip()}")
        check_count(self.operands)
        return condition

    @abstractmethod
    def _condition(self) -> Condition[_Event]:
        """Read one condition."""

    def _either(self) -> Condition[_Event]:
        parts = [self._both()]
        while self._take("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda event: any(each(event) for each in parts)

    def _both(self) -> Condition[_Event]:
        parts = [self._unit()]
        while self._take("&&"):
            parts.append(self._unit())
        return parts[0] if len(parts) == 1 else lambda event: all(each(event) for each in parts)

    def _unit(self) -> Condition[_Event]:
        if not self._take("("):
            return self._condition()
        inner = self._either()
        if not self._take(")"):
            raise PatternError("Invalid filter pattern: a parenthesis is not closed.")
        return inner

    def _operand(self, operator: str) -> Operand:
        found = operand(self._next(), operator)
        self.operands.append(found)
        return found

    def _peek(self) -> str:
        return self._tokens[0]

    def _next(self) -> str:
        if self._tokens == [""]:
            raise PatternError("Invalid filter pattern: it ends within a condition.")
        return self._tokens.pop(0)

    def _take(self, token: str) -> bool:
        if self._tokens[0] != token:
            return False
        del self._tokens[0]
        return True
