"""Values that are made when they are asked for, and used for some minutes, as a warm environment keeps its credentials.

Making a boto3 client takes longer than a small function runs.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_LIFETIME_SECONDS = 600.0


class Expiring(Generic[_Key, _Value]):
    """Values by key.

    Args:
        lifetime_seconds: of real time, how long a value is used.
    """

    def __init__(self, *, lifetime_seconds: float = _LIFETIME_SECONDS) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._lock = threading.Lock()
        self._values: dict[_Key, tuple[float, _Value]] = {}

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """The value of a key; an error of `make` is passed on, and nothing is kept."""
        with self._lock:
            oldest = time.monotonic() - self._lifetime_seconds
            found = self._values.get(key)
            if found is not None and found[0] >= oldest:
                return found[1]
            value = make()
            self._values = {other: kept for other, kept in self._values.items() if kept[0] >= oldest}
            self._values[key] = (time.monotonic(), value)
            return value
