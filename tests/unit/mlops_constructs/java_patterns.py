r"""Patterns of AWS's service models, which are Java's (https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html).

The package regex knows Unicode's general categories, as ``\p{L}``. Two things are said differently in Java:

- ``\p{ASCII}``, ``\p{Alnum}`` and ``\p{Print}`` are of ASCII only; so are ``\d``, ``\s`` and ``\w``;
- a character beyond U+FFFF is written as its two surrogates, ``\uD800\uDC00``.
"""

import functools
from typing import Any

import regex

# The only ones in the models of services that our workflows call; all others are refused.
_ASCII_CLASSES = {"ASCII": r"\x00-\x7F", "Alnum": "A-Za-z0-9", "Print": r"\x20-\x7E"}
_CATEGORIES = frozenset({"L", "M", "N", "P", "S", "Z", "Zs"})
_TOKEN = regex.compile(
    r"\\u(?P<high>D[89AB][0-9A-F]{2})\\u(?P<low>D[C-F][0-9A-F]{2})|\\[pP](\{(?P<property>\w+)\}|.)|\\.|[\[\]]",
    regex.DOTALL | regex.IGNORECASE,
)


class UnknownPatternError(ValueError):
    """A pattern holds what is not translated here."""


@functools.cache
def compiled(pattern: str) -> Any:
    """The pattern as Java reads it.

    Raises:
        UnknownPatternError: it cannot be translated; add what it needs, with Java's meaning.
    """
    parts, depth, end = [], 0, 0
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        depth += {"[": 1, "]": -1}.get(text, 0)
        parts += [pattern[end : token.start()], _translated(token, pattern, inside=depth > 0)]
        end = token.end()
    translated = "".join([*parts, pattern[end:]])
    # For regex, ASCII would narrow the categories too.
    ascii_only = regex.ASCII if r"\p" not in translated else 0
    if not ascii_only and (found := regex.search(r"\\[bdswBDSW]", translated)):
        raise UnknownPatternError(f"{pattern!r} holds a category beside {found.group()}, write that as a set")
    try:
        return regex.compile(translated, regex.VERSION0 | regex.DOTALL | ascii_only)
    except regex.error as error:
        raise UnknownPatternError(f"{pattern!r} became {translated!r}, which is no pattern: {error}") from error


def _translated(token: Any, pattern: str, *, inside: bool) -> str:
    text, name = str(token.group()), token.group("property")
    if token.group("high"):
        high, low = int(token.group("high"), 16), int(token.group("low"), 16)
        # https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G2630
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"
    if text[:2] not in {r"\p", r"\P"} or (text[:2] == r"\p" and name in _CATEGORIES):
        return text
    if text[:2] == r"\p" and name in _ASCII_CLASSES:
        return _ASCII_CLASSES[name] if inside else f"[{_ASCII_CLASSES[name]}]"
    known = sorted(_CATEGORIES | _ASCII_CLASSES.keys())
    raise UnknownPatternError(f"{text} of {pattern!r} is not translated, \\p of {known} is")
