"""Values that a service's model does not allow, in the words that AWS's services share.

Reference: the constraints of https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def refusal(given: Mapping[str, Any], shape: Shape, *, looks_at_texts: bool = True) -> str | None:
    """What is wrong with the members of a request, None if nothing is.

    Args:
        given: the request.
        shape: of the operation's input.
        looks_at_texts: whether lengths and patterns count too, and not only numbers, choices and what is missing.
    """
    found = list(_Look(looks_at_texts=looks_at_texts).problems(given, shape, ""))
    errors = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {errors} detected: {'; '.join(found)}" if found else None


@dataclass(frozen=True, kw_only=True)
class _Look:
    """Looks at values, as `refusal` says."""

    looks_at_texts: bool

    def problems(self, value: Any, shape: Shape, path: str) -> Iterator[str]:
        if isinstance(shape, StructureShape):
            yield from self._members(value, shape, path)
        elif isinstance(shape, ListShape):
            yield from self._lengths(value, shape, path)
            for number, item in enumerate(value, 1):
                yield from self.problems(item, shape.member, f"{path}.{number}.member")
        elif isinstance(shape, MapShape):
            for key, item in value.items():
                yield from self.problems(key, shape.key, path)
                yield from self.problems(item, shape.value, f"{path}.{key}.member")
        elif shape.type_name == "string":
            yield from self._lengths(value, shape, path)
            yield from self._text(str(value), shape, path)
        elif shape.type_name == "integer":
            yield from _number(value, shape, path)

    def _members(self, value: Mapping[str, Any], shape: StructureShape, path: str) -> Iterator[str]:
        for name, member in shape.members.items():
            place = f"{path}.{name[:1].lower()}{name[1:]}"
            if value.get(name) is not None:
                yield from self.problems(value[name], member, place)
            elif name in shape.required_members:
                yield _problem("null", place, "Member must not be null", mark="")

    def _lengths(self, value: Any, shape: Shape, path: str) -> Iterator[str]:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if self.looks_at_texts and least is not None and len(value) < least:
            yield _problem(value, path, f"Member must have length greater than or equal to {least}")
        if self.looks_at_texts and most is not None and len(value) > most:
            yield _problem(value, path, f"Member must have length less than or equal to {most}")

    def _text(self, value: str, shape: Shape, path: str) -> Iterator[str]:
        pattern, values = shape.metadata.get("pattern"), shape.metadata.get("enum")
        if self.looks_at_texts and pattern and not re.fullmatch(pattern, value):
            yield _problem(value, path, f"Member must satisfy regular expression pattern: {pattern}")
        if values and value not in values:
            yield _problem(value, path, f"Member must satisfy enum value set: [{', '.join(values)}]")


def _number(value: int, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _problem(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _problem(value, path, f"Member must have value less than or equal to {most}")


def _problem(value: Any, path: str, constraint: str, *, mark: str = "'") -> str:
    return f"Value {mark}{value}{mark} at '{path.lstrip('.')}' failed to satisfy constraint: {constraint}"
