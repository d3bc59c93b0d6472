"""What values are compared with in filter patterns: texts with wildcards, numbers and regular expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass

# Order matters: the longer operators first.
OPERATORS = ("!=", "<=", ">=", "=", "<", ">")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html, "Supported regular expressions"
_REGEX = re.compile(r"[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.]+")
_MOST_REGEXES = 2


class PatternError(Exception):
    """A filter pattern that AWS does not take."""


@dataclass(frozen=True, kw_only=True)
class Operand:
    """The right side of a comparison.

    Args:
        equals: whether a text is equal to it.
        number: what it is as a number, if it is one.
        is_regex: whether it is a regular expression.
    """

    equals: Callable[[str], bool]
    number: float | None = None
    is_regex: bool = False

    def compare(self, operator: str, value: str | float) -> bool:
        """Whether a value stands in a relation to it.

        Args:
            operator: one of `OPERATORS`.
            value: that an event has.
        """
        if operator in {"=", "!="}:
            return self._is_equal(value) is (operator == "=")
        left = number_of(value)
        if left is None or self.number is None:
            return False
        return {
            "<": left < self.number,
            "<=": left <= self.number,
            ">": left > self.number,
            ">=": left >= self.number,
        }[operator]

    def _is_equal(self, value: str | float) -> bool:
        if self.number is not None and not isinstance(value, str):
            return value == self.number
        return self.equals(value if isinstance(value, str) else str(value))


def operand(text: str, operator: str) -> Operand:
    """Read the right side of a comparison.

    Args:
        text: as it is written, with its quotes or percent signs.
        operator: it comes after.

    Raises:
        PatternError: it is none, or none that can be ordered.
    """
    if operator not in {"=", "!="}:
        number = number_of(text)
        if number is None:
            raise PatternError(f"Invalid filter pattern: {operator} compares numbers, got {text}; write a number.")
        return Operand(equals=text.__eq__, number=number)
    if text.startswith("%"):
        return Operand(equals=regex(text), is_regex=True)
    if text.startswith('"'):
        return Operand(equals=_wildcards(unquoted(text)))
    return Operand(equals=_wildcards(text), number=number_of(text))


def number_of(value: str | float) -> float | None:
    """A value as a number, in scientific notation too; None if it is none."""
    if not isinstance(value, str):
        return value
    return float(value) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value) else None


def unquoted(text: str) -> str:
    """The content of a quoted text."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def regex(text: str) -> Callable[[str], bool]:
    """Whether something is found in a text by a regular expression between percent signs.

    Raises:
        PatternError: it has something that AWS does not take.
    """
    inner = text[1:-1]
    if not _REGEX.fullmatch(inner):
        raise PatternError(
            f"Invalid filter pattern: the regular expression {text} may have letters, digits, :_#=@/;,- and "
            r"the operators ^$?[]{}|\*+. only."
        )
    try:
        found = re.compile(inner, re.ASCII)
    except re.error as error:
        raise PatternError(f"Invalid filter pattern: the regular expression {text} has an error: {error}.") from error
    return lambda value: found.search(value) is not None


def check_count(operands: list[Operand]) -> None:
    """At most two regular expressions are allowed in a pattern of JSON or of fields.

    Raises:
        PatternError: there are more.
    """
    count = sum(each.is_regex for each in operands)
    if count > _MOST_REGEXES:
        raise PatternError(
            f"Invalid filter pattern: it has {count} regular expressions, at most {_MOST_REGEXES} are allowed."
        )


def _wildcards(text: str) -> Callable[[str], bool]:
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda value: pattern.fullmatch(value) is not None
