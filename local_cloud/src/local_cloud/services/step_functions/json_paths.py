"""What a JSONPath of a state machine selects: one value, or a list where the path itself could lead to several places.

Step Functions' paths are those of Jayway's JsonPath (https://states-language.net/spec.html#path), which calls a path
definite unless it has a wildcard, a filter, a descent, a slice or a union; only one that is not gives a list, however
many values are in it (https://github.com/json-path/JsonPath#what-is-returned-when). What comes before the first such
part has to be there.
"""

import copy
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonpath_ng import jsonpath
from jsonpath_ng.ext.parser import parse


class ConflictError(ValueError):
    """A value has no place where a reference path leads."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a path leads to, in the form of jsonpath_ng's matches.

    Args:
        value: one value, or the list of all.
    """

    value: Any
    path: None = None
    context: None = None


class Path:
    """A path with the one method that the interpreter asks.

    Args:
        text: of the path.
    """

    def __init__(self, text: str) -> None:
        self._whole = parse(text)
        self._first = _definite_part(self._whole)

    def find(self, data: Any) -> list[Found]:
        """One match; none where something on a definite way is missing."""
        if self._first is self._whole:
            return [Found(value=match.value) for match in self._whole.find(data)]
        if not self._first.find(data):
            return []
        return [Found(value=[match.value for match in self._whole.find(data)])]


@functools.lru_cache(maxsize=1024)
def path(text: str) -> Path:
    """A path; the interpreter parses it again whenever it is used."""
    return Path(text)


def is_path(text: str) -> bool:
    """Whether a text is a path, of the state's input or, with two dollars, of the context object."""
    try:
        path(text[1:] if text.startswith("$$") else text)
    except Exception:  # noqa: BLE001  # the parser raises exceptions of no class of its own
        return False
    return True


def missing(text: str, data: Any) -> str:
    """Why nothing is found, in the words of Jayway's JsonPath, which Step Functions passes on.

    Source: executions on AWS that LocalStack recorded (test_base_scenarios.snapshot.json, "invalid_jsonpath").
    """
    steps, at, way = list(_steps(parse(text))), data, "$"
    for index, step in enumerate(steps):
        way += f"[{step}]" if isinstance(step, int) else f"['{step}']"
        if not _has(at, step) and index < len(steps) - 1:
            return f"Invalid path '{text}' : Missing property in path {way}"
        at = at[step] if _has(at, step) else None
    return f"Invalid path '{text}' : No results for path: {way}"


def put(text: str, data: Any, value: Any) -> Any:
    """Data with a value where a reference path leads; objects on the way are made.

    Raises:
        ConflictError: something on the way is there and is no object or array of it.
    """
    whole = [copy.deepcopy(data)]
    holder, key = whole, 0
    for step in _steps(parse(text)):
        at = holder[key]
        fits = _has(at, step) if isinstance(step, int) else isinstance(at, dict)
        if not fits:
            raise ConflictError(f'Unable to apply step "{step}" to input {json.dumps(at, separators=(",", ":"))}')
        if isinstance(step, str):
            at.setdefault(step, {})
        holder, key = at, step
    holder[key] = copy.deepcopy(value)
    return whole[0]


def _has(data: Any, step: int | str) -> bool:
    if isinstance(step, int):
        return isinstance(data, list) and -len(data) <= step < len(data)
    return isinstance(data, dict) and step in data


def _steps(node: Any) -> Iterator[Any]:
    """Names and indices of a path as far as it is definite."""
    match node:
        case jsonpath.Child(left=left, right=right):
            yield from _steps(left)
            yield from _steps(right)
        case jsonpath.Fields(fields=(name,)) if name != "*":
            yield name
        case jsonpath.Index(indices=(index,)):
            yield index


def _definite_part(node: Any) -> Any:
    """The longest beginning that leads to one place; all of a path that is definite."""
    match node:
        case jsonpath.Root() | jsonpath.This():
            return node
        case jsonpath.Child(left=left, right=right):
            first = _definite_part(left)
            return node if first is left and _is_definite(right) else first
        case jsonpath.Descendants(left=left):
            return _definite_part(left)
        case _:
            return node if _is_definite(node) else jsonpath.Root()


def _is_definite(step: Any) -> bool:
    match step:
        case jsonpath.Fields(fields=fields):
            return len(fields) == 1 and fields[0] != "*"
        case jsonpath.Index(indices=indices):
            return len(indices) == 1
        case _:
            return False
