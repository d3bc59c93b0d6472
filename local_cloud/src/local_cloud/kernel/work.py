"""What runs in the background: threads with a name, which may have a process, each found and stopped by its name.

The threads are daemons: nobody waits for them when the server stops, since what they do may need the server.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from local_cloud.kernel import unforeseen
from local_cloud.kernel.errors import JobError


class Stoppable(Protocol):
    """A process, or several that belong together."""

    def stop(self) -> None:
        """End it."""


class Work:
    """One piece of work.

    Args:
        name: of what it is about, for example a job's ARN.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._process: Stoppable | None = None
        self._stop_asked = threading.Event()
        self._ended = threading.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop_asked.is_set()

    def hold(self, process: Stoppable) -> None:
        """Say which process it waits for; it is stopped with the work, at once if that was asked for before."""
        with self._lock:
            self._process = process
            stopping = self.is_stopping
        if stopping:
            process.stop()

    def stop(self) -> None:
        """Ask it to stop, and stop its process."""
        with self._lock:
            self._stop_asked.set()
            process = self._process
        if process is not None:
            process.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; False when the time was up before."""
        return self._ended.wait(seconds)

    def end(self) -> None:
        """It is over."""
        self._ended.set()


class Background:
    """All work under way.

    An error that nobody foresaw is logged with its traceback, and whoever started the work is told, so that no job
    looks as if it went on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: list[Work] = []
        self._closed = False

    def start(
        self, name: str, run: Callable[[Work], object], *, fail: Callable[[Exception], object] | None = None
    ) -> Work:
        """Run something in a thread of its own; once the server stops nothing runs any more.

        Args:
            name: of the work; several may share one.
            run: does it.
            fail: takes an error that it did not foresee, once that is logged.

        Raises:
            JobError: the machine has no thread left.
        """
        work = Work(name)

        def guarded() -> None:
            try:
                run(work)
            except Exception as error:  # noqa: BLE001  # whatever it is, nobody else would see it
                unforeseen.LOG.exception("%s: unforeseen error", name)
                if fail is not None:
                    fail(error)
            finally:
                with self._lock:
                    self._under_way.remove(work)
                work.end()

        with self._lock:
            if self._closed:
                # As if the server had stopped just after the start.
                work.end()
                return work
            self._under_way.append(work)
        try:
            threading.Thread(target=guarded, name=name, daemon=True).start()
        except RuntimeError as error:
            with self._lock:
                self._under_way.remove(work)
            raise JobError(f"cannot start {name}: {error}") from error
        return work

    def repeat(self, name: str, look: Callable[[], object], *, pause: Callable[[], object]) -> Work:
        """Look at something again and again until the server stops; an error is logged and ends nothing.

        Args:
            name: of the work.
            look: looks once.
            pause: waits until it is time for the next look.
        """

        def run(work: Work) -> None:
            while True:
                pause()
                if work.is_stopping:
                    return
                try:
                    look()
                except Exception:  # noqa: BLE001  # one bad item must not end the look at all others
                    unforeseen.LOG.exception("%s: unforeseen error", name)

        return self.start(name, run)

    def find(self, name: str) -> Work | None:
        """The work of this name that was started last, None when none is under way."""
        with self._lock:
            return next((work for work in reversed(self._under_way) if work.name == name), None)

    def stop(self, name: str) -> None:
        """Stop the work of this name, if there is any."""
        work = self.find(name)
        if work is not None:
            work.stop()

    def stop_all(self) -> None:
        """Start nothing new, and stop everything."""
        with self._lock:
            self._closed = True
            under_way = list(self._under_way)
        for work in under_way:
            work.stop()
