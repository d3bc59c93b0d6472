"""What one part of the app hands to another as JSON: frozen dataclasses that check whatever they read.

A record writes its fields under their names. None is left out and stands for what is absent. A text may be empty only
where that is its default, so that a variable that was never set is told where it arrives.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin, get_type_hints

_LONGEST = 200
_Kind = TypeVar("_Kind")


class InvalidRecordError(ValueError):
    """A JSON value is not what a record takes; the message names every field that is wrong."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """Base of everything that travels as JSON."""

    def to_json(self) -> dict[str, Any]:
        """The fields by name, in plain JSON."""
        return written(self)  # type: ignore[no-any-return]  # an object, for a dataclass

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` wrote, or what a state machine built like it.

        Raises:
            InvalidRecordError: fields are missing, unknown or of another type.
        """
        problems: list[str] = []
        found = _record(cls, value, cls.__name__, problems)
        if problems:
            raise InvalidRecordError("; ".join(problems))
        return found


def written(value: Any) -> Any:
    """A value in plain JSON: records as objects without what is None."""
    if is_dataclass(value):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: written(item) for name, item in found.items() if item is not None}
    if isinstance(value, Mapping):
        return {name: written(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return value


def kinds(record: Any) -> Mapping[str, Any]:
    """Type of each field of a record's class by name."""
    return _described(record).kinds


def required(record: Any) -> frozenset[str]:
    """Names of the fields of a record's class that have no default."""
    return _described(record).required


def _may_be_empty(record: Any) -> frozenset[str]:
    return _described(record).may_be_empty


@dataclass(frozen=True, kw_only=True)
class _Description:
    kinds: Mapping[str, Any]
    required: frozenset[str]
    may_be_empty: frozenset[str]


@cache
def _described(record: Any) -> _Description:
    hints, every = get_type_hints(record), fields(record)
    return _Description(
        kinds={item.name: hints[item.name] for item in every},
        required=frozenset(item.name for item in every if item.default is MISSING and item.default_factory is MISSING),
        may_be_empty=frozenset(item.name for item in every if item.default == ""),
    )


def _record(kind: type[_Kind], value: object, where: str, problems: list[str]) -> _Kind:
    if not isinstance(value, Mapping):
        problems.append(f"{where} must be an object, got {_shown(value)}")
        return None  # type: ignore[return-value]  # the caller raises what was found
    names = kinds(kind)
    if unknown := sorted(map(str, value.keys() - names.keys())):
        problems.append(f"{where} has the unknown fields {', '.join(unknown)}; it takes {', '.join(names)}")
    if missing := sorted(required(kind) - value.keys()):
        problems.append(f"{where} lacks {', '.join(missing)}")
    found: dict[str, Any] = {}
    for name, annotation in names.items():
        if name in value:
            empty = name in _may_be_empty(kind)
            found[name] = _value(annotation, value[name], f"{where}.{name}", problems, may_be_empty=empty)
    return None if problems else kind(**found)  # type: ignore[return-value]  # as above


def _value(kind: Any, value: Any, where: str, problems: list[str], *, may_be_empty: bool = False) -> Any:
    if kind is Any:
        return value
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record(kind, value, where, problems)  # type: ignore[arg-type]  # a class, never an instance
    if origin in {Union, types.UnionType}:
        return _one_of(arguments, value, where, problems)
    if origin in {tuple, Mapping}:
        return _several(origin, arguments[-1] if origin is Mapping else arguments[0], value, where, problems)
    if origin is Literal:
        return _checked(value, where, problems, ok=value in arguments, wanted=f"one of {', '.join(arguments)}")
    return _plain(kind, value, where, problems, may_be_empty=may_be_empty)


def _several(origin: Any, kind: Any, value: Any, where: str, problems: list[str]) -> Any:
    if origin is tuple:
        ok = isinstance(value, list | tuple)
        found = _checked(value, where, problems, ok=ok, wanted="a list") or ()
        return tuple(_value(kind, item, f"{where}[{at}]", problems) for at, item in enumerate(found))
    found = _checked(value, where, problems, ok=isinstance(value, Mapping), wanted="an object") or {}
    # What somebody else named, a hyperparameter say, may be empty.
    return {name: _value(kind, item, f"{where}.{name}", problems, may_be_empty=True) for name, item in found.items()}


def _plain(kind: Any, value: Any, where: str, problems: list[str], *, may_be_empty: bool) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is bool:
        return _checked(value, where, problems, ok=isinstance(value, bool), wanted="true or false")
    if kind is int:
        whole = is_number and value == value // 1
        return int(value) if whole else _checked(value, where, problems, ok=False, wanted="a whole number")
    if kind is float:
        return float(value) if is_number else _checked(value, where, problems, ok=False, wanted="a number")
    if kind is str:
        ok = isinstance(value, str) and (may_be_empty or value != "")
        return _checked(value, where, problems, ok=ok, wanted="a text" if may_be_empty else "a non-empty text")
    raise TypeError(f"{where} is declared as {kind}, which no record can read; use a plain type, tuple or Mapping")


def _one_of(alternatives: tuple[Any, ...], value: Any, where: str, problems: list[str]) -> Any:
    """A value that may be None, or one of several records, which their fields tell apart."""
    if value is None and types.NoneType in alternatives:
        return None
    others = [kind for kind in alternatives if kind is not types.NoneType]
    if len(others) == 1:
        return _value(others[0], value, where, problems)
    given = value.keys() if isinstance(value, Mapping) else set()
    fitting = [kind for kind in others if required(kind) <= given <= kinds(kind).keys()]
    if len(fitting) != 1:
        names = " or ".join(f"{kind.__name__} ({', '.join(kinds(kind))})" for kind in others)
        return _checked(value, where, problems, ok=False, wanted=f"the fields of {names}")
    return _value(fitting[0], value, where, problems)


def _checked(value: Any, where: str, problems: list[str], *, ok: bool, wanted: str) -> Any:
    if not ok:
        problems.append(f"{where} must be {wanted}, got {_shown(value)}")
        return None
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
