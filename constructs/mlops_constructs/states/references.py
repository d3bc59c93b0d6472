"""Variables of a state machine with the class of what they hold: a field that the class does not have cannot be named.

`variable` gives a stand-in that the type checker takes for an instance of the class. Its attributes are the fields; in
a text it is JSONata without its braces, and `rendered` puts the braces on where it is a value of its own.
"""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from contract.calls.call import Answer, Call
from contract.record import kinds

_Kind = TypeVar("_Kind")


class UnknownFieldError(AttributeError):
    """A state machine reads a field that no function answers with."""


class Reference:
    """A variable, or a field of one.

    Args:
        path: JSONata without its braces.
        kind: type of the value.
    """

    def __init__(self, path: str, kind: Any) -> None:
        self.path = path
        self.kind = kind

    def __getattr__(self, name: str) -> "Reference":
        if name.startswith("__"):
            raise AttributeError(name)
        kind = _record(self.kind)
        if kind is None or name not in kinds(kind):
            known = ", ".join(kinds(kind)) if kind else "no fields"
            raise UnknownFieldError(f"{self.path} has no field {name!r}, it has {known}; correct the definition")
        return Reference(f"{self.path}.{name}", kinds(kind)[name])

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"Reference({self.path})"


def variable(name: str, kind: type[_Kind]) -> _Kind:
    """The variable of a state machine that holds a record or a plain value."""
    return cast("_Kind", Reference(f"${name}", kind))


def answered(call: type[Call[Answer]]) -> Answer:
    """The answer to a call, in the assignments of the state that makes it."""
    return cast("Answer", Reference("$states.result.Payload", call.answer()))


def given(value: _Kind | None) -> _Kind:
    """A field that may be absent, in a state that is reached only where it is there."""
    return cast("_Kind", value)


def kind_of(value: Any) -> Any:
    """The class that a variable was declared with."""
    return cast("Reference", value).kind


def name_of(value: Any) -> str:
    """The name of a variable, without its dollar."""
    return cast("Reference", value).path.removeprefix("$")


def jsonata(expression: str) -> Any:
    """An expression as a value of a record's field, whatever its type."""
    return f"{{% {expression} %}}"


def rendered(value: Any) -> Any:
    """A value of a state: references with their braces, records as objects."""
    if isinstance(value, Reference):
        # An expression of a list with one item may give the item.
        return jsonata(f"[{value}]" if get_origin(value.kind) is tuple else str(value))
    if is_dataclass(value):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: rendered(item) for name, item in found.items() if item is not None}
    if isinstance(value, Mapping):
        return {name: rendered(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rendered(item) for item in value]
    return value


def _record(kind: Any) -> Any:
    """The record that a type stands for, also where it may be None; None when it is none, or one of several."""
    if get_origin(kind) in {Union, types.UnionType}:
        others = [item for item in get_args(kind) if item is not types.NoneType]
        kind = others[0] if len(others) == 1 else None
    return kind if is_dataclass(kind) else None
