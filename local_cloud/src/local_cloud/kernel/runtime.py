"""The running local cloud: one per process, because moto's backends are global to the process too."""

import threading
from dataclasses import dataclass, field
from typing import Any, TypeVar

from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.errors import ServerError
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.work import Background

_Owned = TypeVar("_Owned")


@dataclass(kw_only=True)
class Runtime:
    """What every extension needs: settings, the clock, and what owns the processes and threads."""

    settings: Settings
    clock: VirtualClock
    processes: ProcessSupervisor
    background: Background = field(default_factory=Background)
    _owned: dict[type, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, kind: type[_Owned]) -> _Owned:
        """The one object of a class that a service keeps while it runs; made when it is asked for the first time.

        Args:
            kind: its class, which takes no arguments.
        """
        with self._lock:
            if kind not in self._owned:
                self._owned[kind] = kind()
            found: _Owned = self._owned[kind]
            return found

    def stop(self) -> None:
        """Stop everything that runs; nothing starts any more."""
        # Processes first: whoever waits for one sees by it that the server stops.
        self.processes.stop_all()
        self.background.stop_all()


_current: Runtime | None = None


def start(settings: Settings) -> Runtime:
    """Make the runtime of this process.

    Raises:
        ServerError: this process already has one.
    """
    global _current  # noqa: PLW0603  # moto's backends are global to the process too
    if _current is not None:
        raise ServerError("this process already runs a local cloud; use one process for each")
    _current = Runtime(
        settings=settings,
        clock=VirtualClock(scale=settings.time_scale),
        processes=ProcessSupervisor(settings.run_dir),
    )
    return _current


def current() -> Runtime:
    """The runtime of this process.

    Raises:
        ServerError: none was started.
    """
    if _current is None:
        raise ServerError("no local cloud runs in this process; start one with `python -m local_cloud start`")
    return _current
