r"""The syntax of intrinsic functions, such as ``States.Format('Hello, {}.', $.name)``.

References:
    https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
    https://states-language.net/spec.html#intrinsic-functions

In a text, exactly four characters have to be escaped by a backslash where they stand for themselves: ``'``, ``{``,
``}`` and ``\``. No other character may follow a backslash. Braces may also stand there bare, except in the template
of States.Format, where they mark the places of its arguments.
"""

import re
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"States\.([A-Za-z0-9]+)\s*\(")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"(true|false|null)(?!\w)")
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPED = "'{}\\"
_OPENING, _CLOSING = "([", ")]"
# https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html: "up to 10 intrinsic functions".
_DEEPEST = 10


class IntrinsicSyntaxError(ValueError):
    """A text is no call of an intrinsic function."""


@dataclass(frozen=True, kw_only=True)
class Literal:
    """A number, a boolean or null."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text in quotes.

    Args:
        value: what it stands for.
        pieces: the same, split at each ``{}`` that is not escaped; None if there is another bare brace.
    """

    value: str
    pieces: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Path:
    """A path into the state's input, ``$.a``, into the context object, ``$$.a``, or a variable, ``$a``."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function and its arguments.

    Args:
        name: without ``States.``.
        arguments: of any kind, also calls.
        text: as it is written.
    """

    name: str
    arguments: tuple[Any, ...]
    text: str


def parse(text: str) -> Call:
    """The call that a text is.

    Raises:
        IntrinsicSyntaxError: it is none, or has a wrong escape.
    """
    reader = _Reader(text.strip())
    call = reader.call(1)
    reader.skip_space()
    if not reader.is_over():
        raise IntrinsicSyntaxError(f"{reader.rest()!r} follows the call")
    return call


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def is_over(self) -> bool:
        return self._at >= len(self._text)

    def rest(self) -> str:
        return self._text[self._at :]

    def skip_space(self) -> None:
        while not self.is_over() and self._text[self._at].isspace():
            self._at += 1

    def call(self, depth: int) -> Call:
        if depth > _DEEPEST:
            raise IntrinsicSyntaxError(f"more than {_DEEPEST} functions are nested")
        start, opened = self._at, _NAME.match(self._text, self._at)
        if opened is None:
            raise IntrinsicSyntaxError(f"a call such as States.Array(1) is expected, got {self.rest()!r}")
        self._at = opened.end()
        arguments: list[Any] = []
        self.skip_space()
        if self._next_is(")"):
            return Call(name=opened[1], arguments=(), text=self._text[start : self._at])
        while True:
            self.skip_space()
            arguments.append(self._argument(depth))
            self.skip_space()
            if self._next_is(")"):
                return Call(name=opened[1], arguments=tuple(arguments), text=self._text[start : self._at])
            if not self._next_is(","):
                raise IntrinsicSyntaxError(f"a comma or a closing bracket is expected, got {self.rest()!r}")

    def _next_is(self, character: str) -> bool:
        if self._text.startswith(character, self._at):
            self._at += 1
            return True
        return False

    def _argument(self, depth: int) -> Any:
        if self._text.startswith("'", self._at):
            return self._quoted()
        if self._text.startswith("$", self._at):
            return self._path()
        if self._text.startswith("States.", self._at):
            return self.call(depth + 1)
        for pattern, value in ((_WORD, _WORDS.__getitem__), (_NUMBER, _number)):
            if found := pattern.match(self._text, self._at):
                self._at = found.end()
                return Literal(value=value(found[0]))
        raise IntrinsicSyntaxError(f"an argument is expected, got {self.rest()!r}")

    def _quoted(self) -> Text:
        self._at += 1
        pieces, bare = [""], False
        while not self._next_is("'"):
            if self.is_over():
                raise IntrinsicSyntaxError("a text has no closing quote")
            character = self._text[self._at]
            if character == "\\":
                escaped = self._text[self._at + 1 : self._at + 2]
                if not escaped or escaped not in _ESCAPED:
                    raise IntrinsicSyntaxError(rf"only \', \{{, \}} and \\ can be escaped, got {self.rest()[:2]!r}")
                pieces[-1] += escaped
                self._at += 2
            elif self._text.startswith("{}", self._at):
                pieces.append("")
                self._at += 2
            else:
                bare = bare or character in "{}"
                pieces[-1] += character
                self._at += 1
        return Text(value="{}".join(pieces), pieces=None if bare else tuple(pieces))

    def _path(self) -> Path:
        """Up to the comma or bracket that ends the argument; a filter or a name in brackets has its own."""
        start, depth, quote = self._at, 0, ""
        while not self.is_over():
            character = self._text[self._at]
            if quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif depth == 0 and character in ",)":
                break
            else:
                depth += (character in _OPENING) - (character in _CLOSING)
            self._at += 1
        return Path(text=self._text[start : self._at].rstrip())


def _number(text: str) -> int | float:
    return float(text) if any(sign in text for sign in ".eE") else int(text)
