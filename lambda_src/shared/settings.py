"""Settings that the stack passes to the functions as environment variables."""

import os

from shared.errors import InvalidSettingsError


def text(name: str) -> str:
    """A variable that must not be empty.

    Raises:
        InvalidSettingsError: it is missing or empty.
    """
    value = os.environ.get(name)
    if not value:
        raise InvalidSettingsError(f"the environment variable {name} is missing; the stack must set it")
    return value


def words(name: str) -> list[str]:
    """Words of a variable that may be missing."""
    return os.environ.get(name, "").split()
