"""The one virtual clock: schedules, waits and JSONata's $now and $millis read it."""

import threading
import time
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Real time, scaled and shifted.

    Args:
        scale: virtual seconds per real second.
        offset_seconds: what earlier jumps added; kept across a restart of the server.
    """

    def __init__(self, *, scale: float = 1.0, offset_seconds: float = 0.0) -> None:
        self._changed = threading.Condition()
        self._scale = scale
        self._real_origin = time.time()
        self._virtual_origin = self._real_origin + offset_seconds

    @property
    def scale(self) -> float:
        """Virtual seconds per real second."""
        return self._scale

    @property
    def offset_seconds(self) -> float:
        """How far virtual time is ahead of real time."""
        return self.timestamp() - time.time()

    def timestamp(self) -> float:
        """Virtual seconds since the epoch."""
        return self._virtual_origin + (time.time() - self._real_origin) * self._scale

    def now(self) -> datetime:
        """Virtual time, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def set_scale(self, scale: float) -> None:
        """Change the speed from now on.

        Raises:
            ValueError: the scale is not positive.
        """
        if scale <= 0:
            raise ValueError(f"clock scale must be positive, got {scale}")
        with self._changed:
            self._virtual_origin, self._real_origin = self.timestamp(), time.time()
            self._scale = scale
            self._changed.notify_all()

    def advance(self, by: timedelta) -> None:
        """Jump forward; everybody who sleeps on the clock looks at it again.

        Raises:
            ValueError: the jump goes backwards.
        """
        if by < timedelta(0):
            raise ValueError(f"the clock only moves forward, got a jump of {by.total_seconds()} s")
        with self._changed:
            self._virtual_origin += by.total_seconds()
            self._changed.notify_all()

    def sleep_until(self, timestamp: float, *, at_most_real_seconds: float = 3600.0) -> None:
        """Sleep until a virtual time; returns early when the clock was changed or after the real-time bound."""
        with self._changed:
            real = max(0.0, (timestamp - self.timestamp()) / self._scale)
            self._changed.wait(min(real, at_most_real_seconds))
