"""Reads one YAML document into plain values, and refuses what people and parsers understand differently.

The values are those of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema). What PyYAML, which speaks
YAML 1.1, would read as something else (``no``, ``0777``, ``1:30``, ``2024-01-01``) must be written in quotes or as a
decimal number. Keys occur once and are texts; anchors, tags and a second document are refused. The parser's events are
read one by one, so that no document can grow larger than its file.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

# A thousand models are read in a second with the C parser, in ten without.
_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The longest file checked in has two kilobytes, and the schema nests five levels.
MOST_BYTES = 1 << 20
MOST_LEVELS = 32
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Texts in YAML 1.2, something else in YAML 1.1 (https://yaml.org/type/): switches, octal, hexadecimal and binary
# numbers, digits in groups, base 60, dates, and numbers with a leading zero, which no two parsers agree on.
_AMBIGUOUS = re.compile(
    r"""[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=
      | [-+]?0[0-9_]+ | [-+]?0[oO][0-7_]+ | [-+]?0[xX][0-9a-fA-F_]+ | [-+]?0[bB][01_]+
      | [-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?
      | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ \t].*)?""",
    re.VERBOSE,
)


class DocumentError(ValueError):
    """A document is not what is allowed here.

    Args:
        problem: what, without the place.
        line: where, counted from 1; None when it is the whole document.
    """

    def __init__(self, problem: str, *, line: int | None) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a document says.

    Args:
        value: mappings, lists, texts, numbers, booleans and None.
        lines: of every key and item, by path.
    """

    value: Any
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def line(self, path: tuple[str | int, ...]) -> int:
        """Line of the last part of a path that the document has; parts that it has not are left out."""
        place: tuple[str | int, ...] = ()
        for part in path:
            if (*place, part) in self.lines:
                place = (*place, part)
        return self.lines.get(place, 1)


def read(data: bytes) -> Document:
    """Read a document of UTF-8, with or without a byte order mark.

    Raises:
        DocumentError: it is no YAML, or holds what is refused.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(f"it has {len(data)} bytes, at most {MOST_BYTES} are allowed", line=None)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"byte {data[error.start]:#x} is no UTF-8, save the file as UTF-8", line=line) from error
    lines: dict[tuple[str | int, ...], int] = {}
    try:
        return Document(value=_Reader(yaml.parse(text, Loader=_Parser), lines).document(), lines=lines)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DocumentError(f"character {error.character:#x} is refused: {error.reason}", line=line) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise DocumentError(f"this is no yaml: {error.problem}", line=mark.line + 1 if mark else None) from error


class _Reader:
    def __init__(self, events: Iterator[Any], lines: dict[tuple[str | int, ...], int]) -> None:
        self._events, self._lines = events, lines

    def document(self) -> Any:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), ())
        next(self._events)
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise DocumentError("a second document starts here, one file holds one", line=_line(following))
        return value

    def _value(self, event: Any, path: tuple[str | int, ...]) -> Any:
        line = _line(event)
        if event.anchor is not None:
            mark = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise DocumentError(f"{mark}{event.anchor} is refused, write the value where it is used", line=line)
        if event.tag is not None:
            raise DocumentError(f"the tag {event.tag} is refused, write the plain value", line=line)
        if len(path) > MOST_LEVELS:
            raise DocumentError(f"it nests deeper than {MOST_LEVELS} levels", line=line)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value, line) if event.implicit[0] else event.value
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)

    def _mapping(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            name = self._value(event, path) if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent) else None
            if not isinstance(name, str):
                got = event.value if isinstance(event, yaml.ScalarEvent) else "a mapping or list"
                raise DocumentError(f"a key must be a text, got {_shown(got)}; write it in quotes", line=line)
            if name == "<<":
                raise DocumentError("the merge key << is refused, write the values where they are used", line=line)
            place = (*path, name)
            if name in found:
                raise DocumentError(
                    f"the key {_shown(name)} stands here again, first in line {self._lines[place]}; keep one",
                    line=line,
                )
            self._lines[place] = line
            found[name] = self._value(next(self._events), place)
        return found

    def _list(self, path: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = (*path, len(found))
            self._lines[place] = _line(event)
            found.append(self._value(event, place))
        return found


def _scalar(text: str, line: int) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _AMBIGUOUS.fullmatch(text):
        raise DocumentError(
            f"{_shown(text)} means different things to different parsers; "
            "write a text in quotes, a switch as true or false, a number in decimal digits",
            line=line,
        )
    if _FLOAT.fullmatch(text):
        if math.isfinite(number := float(text)):
            return number
        raise DocumentError(f"{_shown(text)} is too large for a number", line=line)
    if _NOT_FINITE.fullmatch(text):
        raise DocumentError(f"{_shown(text)} is no finite number", line=line)
    return text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}...")  # noqa: PLR2004  # what fits into a line
