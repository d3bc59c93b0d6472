"""Reads the fields of an event."""

from collections.abc import Mapping
from typing import Any

from shared.errors import InvalidEventError

_LONGEST = 200


def text(event: Mapping[str, Any], field: str) -> str:
    """A non-empty string field.

    Raises:
        InvalidEventError: it is missing, empty or no string.
    """
    value = event.get(field)
    if not isinstance(value, str) or not value:
        raise InvalidEventError(f"{field} must be a non-empty string, got {value!r}; check the state's Arguments")
    return value


def mapping(event: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """A field that holds an object.

    Raises:
        InvalidEventError: it is missing or no object.
    """
    value = event.get(field)
    if not isinstance(value, dict):
        raise InvalidEventError(f"{field} must be an object, got {value!r}; check the state's Arguments")
    return value


def whole_number(event: Mapping[str, Any], field: str) -> int:
    """A field that holds a whole number above 0.

    Raises:
        InvalidEventError: it is missing or anything else.
    """
    value = event.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidEventError(
            f"{field} must be a whole number above 0, got {repr(value)[:_LONGEST]}; check the state's Arguments"
        )
    return value


def switch(event: Mapping[str, Any], field: str) -> bool:
    """A field that is true or false; off when it is missing.

    Raises:
        InvalidEventError: it is anything else.
    """
    value = event.get(field, False)
    if not isinstance(value, bool):
        raise InvalidEventError(f"{field} must be true or false, got {repr(value)[:_LONGEST]}")
    return value


def texts(event: Mapping[str, Any], field: str) -> list[str]:
    """A list of non-empty strings; empty when the field is missing.

    Raises:
        InvalidEventError: it is anything else.
    """
    value = event.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise InvalidEventError(f"{field} must be a list of non-empty strings, got {repr(value)[:_LONGEST]}")
    return value
