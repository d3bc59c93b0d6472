"""What a JSONPath of a state machine selects: one value, or a list where the path itself could lead to several places.

Step Functions' paths are those of Jayway's JsonPath (https://states-language.net/spec.html#path), which calls a path
definite unless it has a wildcard, a filter, a descent, a slice or a union; only one that is not gives a list, however
many values are in it (https://github.com/json-path/JsonPath#what-is-returned-when). What comes before the first such
part has to be there.
"""

import functools
from dataclasses import dataclass
from typing import Any

from jsonpath_ng import jsonpath
from jsonpath_ng.ext.parser import parse


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
