"""What the server knows of each AWS service before anybody calls it, and the loading of those that somebody does.

A service costs start-up time and memory, moto's part of it more than ours. So its module says in a few lines what it
is, and the rest is imported when its first request comes, when a snapshot holds something of it, or when another
service reads its state.
"""

import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.kernel.runtime import Runtime

# The state machines that run live apart from those that moto lists under this name.
_APART = {"stepfunctions": "moto.stepfunctions.parser.models"}
Order = Callable[[dict[str, Any]], dict[str, Any]]


def _nothing(*_: object) -> None:
    """For services that moto does well by itself."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """State outside moto.

    Args:
        dump: gives something that can be pickled.
        load: takes it back, before the first request.
    """

    dump: Callable[[], Any]
    load: Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service; nothing of it is imported before one of these functions is called.

    Args:
        name: of its package.
        backends: moto's names for what answers its requests, a request for any of which loads it.
        keeps: of these, what a snapshot keeps.
        parts: what a snapshot keeps besides, by name.
        needs: services that are loaded first.
        eager: loaded when the server starts.
        patch: changes moto.
        start: begins what runs in the background, after a snapshot was restored.
        resume: ends what was under way when the snapshot was written that was restored.
        resumed: begins what was missed since, once that has ended of every service.
        orders: what it takes under ``/_local/``; these load nothing else, so that they can come before the first call.
        application: the WSGI application that answers instead of moto's.
    """

    name: str
    backends: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    eager: bool = False
    patch: Callable[[], None] = _nothing
    start: Callable[[Runtime], None] = _nothing
    resume: Callable[[], object] = _nothing
    resumed: Callable[[], object] = _nothing
    orders: Mapping[str, Order] = field(default_factory=dict)
    application: Callable[[], Any] | None = None


class Services:
    """All services of one process.

    Args:
        declared: in the order in which they are loaded when all are.
    """

    def __init__(self, declared: Iterable[Service]) -> None:
        self._declared = {service.name: service for service in declared}
        self._by_backend = {backend: service for service in self._declared.values() for backend in service.backends}
        self._loaded: dict[str, Service] = {}
        self._lock = threading.RLock()
        self._runtime: Runtime | None = None

    def __iter__(self) -> Iterator[Service]:
        return iter(self._declared.values())

    def of_backend(self, backend: str) -> Service | None:
        """The service that one of moto's backends belongs to, None for what the local cloud leaves to moto."""
        return self._by_backend.get(backend)

    def loaded(self) -> list[Service]:
        """Those that are loaded, in that order."""
        with self._lock:
            return list(self._loaded.values())

    def load(self, name: str) -> None:
        """Load a service and what it needs, unless it is."""
        with self._lock:
            if name in self._loaded:
                return
            service = self._declared[name]
            for needed in service.needs:
                self.load(needed)
            service.patch()
            self._loaded[name] = service
            if self._runtime is not None:
                service.start(self._runtime)

    def load_backend(self, backend: str) -> None:
        """Load the service that one of moto's backends belongs to."""
        service = self.of_backend(backend)
        if service is not None:
            self.load(service.name)

    def load_eager(self) -> None:
        """Load what every request needs."""
        for service in self:
            if service.eager:
                self.load(service.name)

    def start(self, runtime: Runtime) -> None:
        """Begin what runs in the background, of loaded services now and of others once they are loaded."""
        with self._lock:
            self._runtime = runtime
            for service in self._loaded.values():
                service.start(runtime)


_current: Services | None = None


def use(services: Services) -> None:
    """Make these the services of this process."""
    global _current  # noqa: PLW0603  # one per process, because moto's backends are global to it too
    _current = services


def load(backend: str) -> None:
    """Load the service of this process that a backend belongs to, for what does not come as a request to it."""
    if _current is not None:
        _current.load_backend(backend)


def backends(name: str) -> Any:
    """Moto's backends of one kind by account and region, with everything that is corrected about them.

    Args:
        name: as moto calls the backends, for example ``sqs`` or ``awslambda``.
    """
    load(name)
    return _of_moto(name)


def used_backends(name: str) -> Any:
    """The same of what is imported already, and nothing at all of what is not, so that nothing can be in it."""
    return _of_moto(name) if _module(name) in sys.modules else {}


def _of_moto(name: str) -> Any:
    from moto.backends import get_backend

    if name in _APART:
        return getattr(importlib.import_module(_module(name)), f"{name}_parser_backends")
    return get_backend(name)


def _module(name: str) -> str:
    return _APART.get(name, f"moto.{name}.models")
