"""Waits for what happens in the background."""

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")


def until(check: Callable[[], _Found | None], *, seconds: float = 60.0) -> _Found:
    """Ask until there is an answer.

    Raises:
        AssertionError: there is none in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing happened in {seconds} seconds")
