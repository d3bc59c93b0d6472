"""The JSONPath of a transform job's filters: the operators that batch transform has, and no others.

Libraries for JSONPath have more operators, and not all of these: a list of names that gives an object, an index beside
a slice. What a path gives is what Jayway's JsonPath gives, which AWS refers to. So the end of a slice is not in it:
AWS's page says of ``$[1:4]`` that it is the second to the fifth column, but a slice of that library ends before its
end, and AutoGluon's tutorial cuts the last of 15 columns by ``$[:14]``. Nobody could compare that with AWS itself.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
    https://github.com/json-path/JsonPath
    https://auto.gluon.ai/stable/tutorials/cloud_fit_deploy/cloud-aws-sagemaker-deploy.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.errors import LocalCloudError

ROOT = "$"
_NAME = re.compile(r"\.([^.\[\]*'\"\s,:()?@$]+)")
_BRACKET = re.compile(r"\.?\[\s*((?:'[^']*'|\"[^\"]*\"|[^\]'\"])*)\s*\]")
_QUOTED = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\")\s*")
_INDEX = re.compile(r"\s*(-?[0-9]+)\s*")
_SLICE = re.compile(r"\s*(-?[0-9]+)?\s*:\s*(-?[0-9]+)?\s*")


class PathError(LocalCloudError):
    """A text is no path that batch transform has."""


class SelectionError(LocalCloudError):
    """A record does not have what a path names."""


@dataclass(frozen=True, kw_only=True)
class _Names:
    """One name, or several whose values become an object."""

    names: tuple[str, ...]
    many = False
    by_index = False

    def select(self, value: Any) -> list[Any]:
        if not isinstance(value, dict):
            raise SelectionError(f"{_kind(value)} has no {_listed(self.names)}, only an object has names")
        if missing := [name for name in self.names if name not in value]:
            raise SelectionError(
                f"there is no {_listed(missing)}, only {_listed(list(value)[:10]) or 'an empty object'}"
            )
        if len(self.names) == 1:
            return [value[self.names[0]]]
        return [{name: value[name] for name in self.names}]


@dataclass(frozen=True, kw_only=True)
class _Indexes:
    """Indexes and slices."""

    parts: tuple[int | slice, ...]
    by_index = True

    @property
    def many(self) -> bool:
        return len(self.parts) > 1 or isinstance(self.parts[0], slice)

    def select(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise SelectionError(f"{_kind(value)} has no elements, only an array has")
        found: list[Any] = []
        for part in self.parts:
            if isinstance(part, slice):
                found += value[part]
            elif -len(value) <= part < len(value):
                found.append(value[part])
            else:
                raise SelectionError(f"there is no element {part} among {len(value)}")
        return found


@dataclass(frozen=True, kw_only=True)
class _All:
    """The wildcard."""

    many = True
    by_index = True

    def select(self, value: Any) -> list[Any]:
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, list):
            return list(value)
        raise SelectionError(f"{_kind(value)} has no elements, only an array or an object has")


_Step = _Names | _Indexes | _All


@dataclass(frozen=True, kw_only=True)
class Path:
    """A path.

    Args:
        text: as it was given.
        steps: from the root on.
    """

    text: str
    steps: tuple[_Step, ...]

    @property
    def is_root(self) -> bool:
        """Whether it leaves everything as it is."""
        return not self.steps

    @property
    def by_index(self) -> bool:
        """Whether it fits a row of CSV, which has one level and no names."""
        return len(self.steps) <= 1 and all(step.by_index for step in self.steps)

    def select(self, value: Any) -> Any:
        """What it leads to: one value, or a list once it has a wildcard, a slice or several indexes.

        Raises:
            SelectionError: there is nothing there.
        """
        found, many = [value], False
        try:
            for step in self.steps:
                found = [item for one in found for item in step.select(one)]
                many = many or step.many
        except SelectionError as error:
            raise SelectionError(f"{self.text}: {error}") from error
        return found if many else found[0]

    def cells(self, row: Sequence[str]) -> list[str]:
        """The cells of a row of CSV that it leads to.

        Raises:
            SelectionError: the row is too short.
        """
        found = self.select(list(row))
        return found if isinstance(found, list) else [found]


def parse(text: str) -> Path:
    """A path from its text.

    Raises:
        PathError: it is none.
    """
    if not text.startswith(ROOT):
        raise PathError(f"{text!r} is no JSONPath: it must begin with $, for example $, $[1:] or $.features")
    steps, rest = list[_Step](), text[1:]
    while rest:
        if steps and isinstance(steps[-1], _Names) and len(steps[-1].names) > 1:
            raise PathError(f"{text!r}: nothing may follow {_listed(steps[-1].names)}, end the path there")
        step, rest = _step(text, rest)
        steps.append(step)
    return Path(text=text, steps=tuple(steps))


def _step(text: str, rest: str) -> tuple[_Step, str]:
    if rest.startswith(".*"):
        return _All(), rest[2:]
    if named := _NAME.match(rest):
        return _Names(names=(named[1],)), rest[named.end() :]
    if bracket := _BRACKET.match(rest):
        return _inside(text, bracket[1]), rest[bracket.end() :]
    raise PathError(f"{text!r}: {rest!r} is not supported; there are .name, .*, ['name','name'], [0,2], [-1] and [1:5]")


def _inside(text: str, content: str) -> _Step:
    if content.strip() == "*":
        return _All()
    if names := _repeated(_QUOTED, content):
        found = tuple(name[1] if name[1] is not None else name[2] for name in names)
        if len(found) > 1 and any("." in name for name in found):
            raise PathError(f"{text!r}: a name in a list of several must not have a level of its own below it")
        return _Names(names=found)
    parts = list[int | slice]()
    for part in content.split(","):
        if index := _INDEX.fullmatch(part):
            parts.append(int(index[1]))
        elif cut := _SLICE.fullmatch(part):
            parts.append(slice(*(int(end) if end else None for end in cut.groups())))
        else:
            raise PathError(f"{text!r}: [{content}] has no indexes, slices or quoted names, separated by commas")
    return _Indexes(parts=tuple(parts))


def _repeated(pattern: re.Pattern[str], content: str) -> list[re.Match[str]]:
    """All of a text that commas separate, if everything has one form; otherwise nothing."""
    found, position = list[re.Match[str]](), 0
    while match := pattern.match(content, position):
        found.append(match)
        position = match.end()
        if position == len(content):
            return found
        if content[position] != ",":
            return []
        position += 1
    return []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _kind(value: Any) -> str:
    return {dict: "an object", list: "an array", str: "a text", type(None): "null", bool: "a boolean"}.get(
        type(value), "a number"
    )
