"""Waits for what happens in the background."""

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")
# On a machine that does much else at the same time.
_PATIENCE = 5


def until(check: Callable[[], _Found | None], *, seconds: float = 60.0) -> _Found:
    """Ask until there is an answer, which a machine with nothing else to do has within some seconds; False is none.

    Raises:
        AssertionError: there is none in time.
    """
    end = time.monotonic() + _PATIENCE * seconds
    while time.monotonic() < end:
        found = check()
        if found is not None and found is not False:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing happened in {_PATIENCE * seconds} seconds")
