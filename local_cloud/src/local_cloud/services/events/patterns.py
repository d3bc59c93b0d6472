"""Event patterns.

Written anew, since moto's matcher lets unknown operators match, takes true for 1 and 300 for 300.0, does not see the
objects inside arrays, and sends every event to a rule without a pattern.

Reference: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import functools
import ipaddress
import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_OR = "$or"
_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_TEXT_OPERATORS = {"prefix", "suffix", "equals-ignore-case", "wildcard"}
_OPERATORS = _TEXT_OPERATORS | {"anything-but", "numeric", "cidr", "exists"}


class PatternError(ValueError):
    """A pattern that EventBridge refuses; its text is the reason."""


@dataclass(frozen=True)
class _Number:
    """A number as it was written: 300, 300.0 and 3.0e2 are not equal to each other."""

    text: str

    @property
    def value(self) -> Decimal:
        return Decimal(self.text)


def _load(text: str) -> Any:
    return json.loads(text, parse_int=_Number, parse_float=_Number)


@functools.lru_cache(maxsize=1_000)
def parse(text: str) -> Mapping[str, Any]:
    """Parse and check a pattern.

    Raises:
        PatternError: it is none.
    """
    try:
        pattern = _load(text)
    except ValueError as error:
        raise PatternError("Filter is not valid JSON") from error
    if not isinstance(pattern, dict):
        raise PatternError("Filter is not an object")
    _check(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event fits a parsed pattern."""
    return _object_matches(pattern, _load(json.dumps(event)))


def sources(pattern: Mapping[str, Any]) -> list[str]:
    """The event sources that a pattern names exactly."""
    found = pattern.get("source")
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _check(node: Mapping[str, Any]) -> None:
    if not node:
        raise PatternError("Empty objects are not allowed")
    for key, value in node.items():
        if _is_or(key, value):
            for item in value:
                _check(item)
        elif isinstance(value, dict):
            _check(value)
        elif isinstance(value, list):
            if not value:
                raise PatternError("Empty arrays are not allowed")
            for item in value:
                _check_filter(item)
        else:
            raise PatternError(f'"{key}" must be an object or an array')


def _check_filter(item: Any) -> None:  # noqa: C901  # one branch an operator
    if isinstance(item, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    if not isinstance(item, dict):
        return
    if len(item) != 1:
        raise PatternError("Only one key allowed in match expression")
    name, operand = next(iter(item.items()))
    if name not in _OPERATORS:
        raise PatternError(f"Unrecognized match type {name}")
    if name == "exists" and not isinstance(operand, bool):
        raise PatternError("exists match pattern must be either true or false.")
    if name == "numeric":
        _check_numeric(operand)
    if name == "cidr":
        try:
            ipaddress.ip_network(operand, strict=False)
        except ValueError as error:
            raise PatternError(f"Malformed CIDR, {operand}") from error
    if name == "anything-but" and isinstance(operand, dict):
        if len(operand) != 1 or set(operand) - _TEXT_OPERATORS:
            raise PatternError(f"Unsupported anything-but pattern: {', '.join(operand)}")
        _check_text(next(iter(operand)), next(iter(operand.values())), lists=True)
    elif name == "anything-but" and not (
        operand and all(isinstance(one, str | _Number) for one in (operand if isinstance(operand, list) else [operand]))
    ):
        raise PatternError("Inside anything-but list, start|null|boolean is not supported.")
    if name in _TEXT_OPERATORS:
        _check_text(name, operand, lists=False)


def _check_text(name: str, operand: Any, *, lists: bool) -> None:
    if name in {"prefix", "suffix"} and isinstance(operand, dict):
        if set(operand) != {"equals-ignore-case"}:
            raise PatternError(f"Unsupported {name} pattern: {', '.join(operand)}")
        operand = operand["equals-ignore-case"]
    items = operand if lists and isinstance(operand, list) else [operand]
    if not items or not all(isinstance(item, str) for item in items):
        raise PatternError(f"{name} match pattern must be a string")
    if name == "wildcard" and any("**" in item for item in items):
        raise PatternError("Consecutive wildcard characters are not allowed")


def _check_numeric(operand: Any) -> None:
    shape = operand if isinstance(operand, list) else []
    comparisons, numbers = shape[::2], shape[1::2]
    if (
        len(shape) not in {2, 4}
        or not all(isinstance(item, str) and item in _COMPARISONS for item in comparisons)
        or not all(isinstance(item, _Number) for item in numbers)
    ):
        raise PatternError("Value of numeric must be an array of comparisons and numbers")


def _is_or(key: str, value: Any) -> bool:
    # A field may be called $or too: only a list of at least two patterns is the operator.
    return key == _OR and isinstance(value, list) and len(value) > 1 and all(isinstance(item, dict) for item in value)


def _object_matches(pattern: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    return all(
        any(_object_matches(item, node) for item in value) if _is_or(key, value) else _field_matches(value, node, key)
        for key, value in pattern.items()
    )


def _field_matches(value: Any, node: Mapping[str, Any], key: str) -> bool:
    found = node.get(key)
    if isinstance(value, dict):
        if isinstance(found, list):
            # All conditions have to hold in one and the same object of the array.
            return any(_object_matches(value, item) for item in found if isinstance(item, dict))
        return _object_matches(value, found if isinstance(found, dict) else {})
    leaves = _leaves(found) if key in node else []
    return any(_filter_matches(item, leaves) for item in value)


def _leaves(found: Any) -> list[Any]:
    """The values of a field: of an array each element; an object is no leaf."""
    if isinstance(found, list):
        return [leaf for item in found for leaf in _leaves(item)]
    return [] if isinstance(found, dict) else [found]


def _filter_matches(item: Any, leaves: list[Any]) -> bool:
    if not isinstance(item, dict):
        return any(_equal(item, leaf) for leaf in leaves)
    name, operand = next(iter(item.items()))
    if name == "exists":
        return bool(leaves) is operand
    return any(_operator_matches(name, operand, leaf) for leaf in leaves)


def _equal(expected: Any, actual: Any) -> bool:
    return type(expected) is type(actual) and bool(expected == actual)


def _operator_matches(name: str, operand: Any, leaf: Any) -> bool:
    if name == "anything-but":
        if isinstance(operand, dict):
            inner, values = next(iter(operand.items()))
            return not any(_text_matches(inner, value, leaf) for value in _items(values))
        return not any(_equal(value, leaf) for value in _items(operand))
    if name == "numeric":
        return isinstance(leaf, _Number) and all(
            _COMPARISONS[sign](leaf.value, number.value)
            for sign, number in zip(operand[::2], operand[1::2], strict=True)
        )
    if name == "cidr":
        try:
            return ipaddress.ip_address(leaf) in ipaddress.ip_network(operand, strict=False)
        except ValueError:
            return False
    return _text_matches(name, operand, leaf)


def _text_matches(name: str, operand: Any, leaf: Any) -> bool:
    if not isinstance(leaf, str):
        return False
    text, expected = leaf, operand
    if isinstance(operand, dict):
        text, expected = text.lower(), operand["equals-ignore-case"].lower()
    if name == "prefix":
        return text.startswith(str(expected))
    if name == "suffix":
        return text.endswith(str(expected))
    if name == "equals-ignore-case":
        return text.lower() == str(expected).lower()
    return _wildcard(str(expected)).fullmatch(text) is not None


@functools.lru_cache(maxsize=1_000)
def _wildcard(glob: str) -> re.Pattern[str]:
    """``*`` is any text; a backslash takes it or a backslash literally."""
    parts = re.findall(r"\\[*\\]|.", glob, re.DOTALL)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part[-1] if len(part) > 1 else part) for part in parts), re.DOTALL
    )


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
