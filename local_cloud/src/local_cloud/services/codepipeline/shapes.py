"""Values that the service's model does not allow, in the words that AWS's services share.

Reference: the constraints of https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_cloud.services.codepipeline.errors import PipelineError


def check(given: Mapping[str, Any], shape: Shape) -> None:
    """Look at all members of a request.

    Args:
        given: the request.
        shape: of the operation's input.

    Raises:
        PipelineError: some are not allowed.
    """
    found = list(_problems(given, shape, ""))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise PipelineError(f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def _problems(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(value, shape, path)
    elif isinstance(shape, ListShape):
        yield from _lengths(value, shape, path)
        for number, item in enumerate(value, 1):
            yield from _problems(item, shape.member, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(key, shape.key, path)
            yield from _problems(item, shape.value, f"{path}.{key}.member")
    elif shape.type_name == "string":
        yield from _lengths(value, shape, path)
        yield from _text(str(value), shape, path)
    elif shape.type_name == "integer":
        yield from _number(value, shape, path)


def _structure(value: Mapping[str, Any], shape: StructureShape, path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(value[name], member, f"{path}.{name}")
        elif name in shape.required_members:
            yield _problem("null", f"{path}.{name}", "Member must not be null", mark="")


def _number(value: int, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _problem(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _problem(value, path, f"Member must have value less than or equal to {most}")


def _lengths(value: Any, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _problem(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _problem(value, path, f"Member must have length less than or equal to {most}")


def _text(value: str, shape: Shape, path: str) -> Iterator[str]:
    pattern, values = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not re.fullmatch(pattern, value):
        yield _problem(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    if values and value not in values:
        yield _problem(value, path, f"Member must satisfy enum value set: [{', '.join(values)}]")


def _problem(value: Any, path: str, constraint: str, *, mark: str = "'") -> str:
    return f"Value {mark}{value}{mark} at '{path.lstrip('.')}' failed to satisfy constraint: {constraint}"
