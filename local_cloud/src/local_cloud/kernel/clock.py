"""The one virtual clock: schedules, waits, timeouts and JSONata's $now and $millis read it.

Waits end at a moment of virtual time, so that a jump shortens them. Timeouts are countdowns: they run as fast as the
clock does, but a jump leaves them alone, because nothing that runs got any further by it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

# Real work gets no faster on a fast clock; no countdown ends before it had so much real time.
_LEAST_REAL_SECONDS = 10.0
_LOOK_SECONDS = 0.25


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
        self._jumped = offset_seconds
        self._wakes: list[float] = []

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
            self._jumped += by.total_seconds()
            self._changed.notify_all()

    def running_seconds(self) -> float:
        """Virtual seconds that passed by themselves, without the jumps; only differences mean anything."""
        with self._changed:
            return self.timestamp() - self._jumped

    def countdown(self, seconds: float) -> "Countdown":
        """A timeout that starts now."""
        return Countdown(self, seconds)

    def pause(self, seconds: float, *, goes_on: Callable[[], bool]) -> None:
        """Wait for virtual seconds, which `skip_pauses` may cut short.

        Args:
            seconds: how long.
            goes_on: asked several times a second; the wait is given up once it is False.
        """
        wake = self.timestamp() + seconds
        with self._pausing(wake):
            while goes_on() and self.timestamp() < wake:
                self.sleep_until(wake, at_most_real_seconds=_LOOK_SECONDS)

    def skip_pauses(self) -> float:
        """Jump to the end of the pause that ends first; gives the seconds, 0 when nobody pauses."""
        with self._changed:
            now = self.timestamp()
            ahead = [wake - now for wake in self._wakes if wake > now]
        seconds = min(ahead, default=0.0)
        self.advance(timedelta(seconds=seconds))
        return seconds

    @contextlib.contextmanager
    def _pausing(self, wake: float) -> Iterator[None]:
        with self._changed:
            self._wakes.append(wake)
        try:
            yield
        finally:
            with self._changed:
                self._wakes.remove(wake)

    def sleep_until(self, timestamp: float, *, at_most_real_seconds: float = 3600.0) -> None:
        """Sleep until a virtual time; returns early when the clock was changed or after the real-time bound."""
        with self._changed:
            real = max(0.0, (timestamp - self.timestamp()) / self._scale)
            self._changed.wait(min(real, at_most_real_seconds))


class Countdown:
    """What is left of a timeout on the virtual clock.

    Args:
        clock: runs it down; jumps do not.
        seconds: its length. It lasts so many seconds of real time, or ten if that is less, however fast the clock is.
    """

    def __init__(self, clock: VirtualClock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.running_seconds() + seconds
        self._real_end = time.monotonic() + min(seconds, _LEAST_REAL_SECONDS)

    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._left() <= 0

    def next_look(self) -> float:
        """Real seconds after which to ask again: the rest, or less because the clock's speed may change."""
        return min(max(self._left(), 0.0), _LOOK_SECONDS)

    def _left(self) -> float:
        virtual = (self._end - self._clock.running_seconds()) / self._clock.scale
        return max(virtual, self._real_end - time.monotonic())
