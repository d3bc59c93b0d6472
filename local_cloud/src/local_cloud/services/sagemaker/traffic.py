"""Which fleets of an endpoint take its requests, and who still works on one."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker.fleet import Fleet

# The longest that SageMaker lets a container work on one request.
_DRAIN_SECONDS = 60.0


@dataclass(eq=False, kw_only=True)
class Serving:
    """A fleet with the endpoint configuration it was made from.

    Args:
        config_name: of the endpoint configuration.
        fleet: that serves it.
        in_flight: requests that it works on.
    """

    config_name: str
    fleet: Fleet
    in_flight: int = 0


class Traffic:
    """The fleets of one endpoint: the one in service, and during an update the new one with its share of requests."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._starting = threading.Lock()
        self._is_closed = False
        self._in_service: Serving | None = None
        self._new: Serving | None = None
        self._share = 0.0
        self._carry = 0.0

    @contextmanager
    def request(self, start: Callable[[], Serving]) -> Iterator[Serving]:
        """Work on one request with the fleet whose turn it is.

        Args:
            start: makes the fleet in service when there is none: after a restart of the server or a crash of the
                container.

        Raises:
            LocalCloudError: the endpoint is gone.
        """
        serving = self._take(start)
        try:
            yield serving
        finally:
            with self._changed:
                serving.in_flight -= 1
                self._changed.notify_all()

    def serve(self, serving: Serving) -> None:
        """Give all requests to one fleet; the one before it stays up until it is retired."""
        with self._changed:
            self._in_service, self._new, self._share, self._carry = serving, None, 0.0, 0.0

    def shift(self, new: Serving, share: float) -> None:
        """Give a share of the requests to a new fleet, evenly spread: with 0.25, every fourth one."""
        with self._changed:
            self._new, self._share = new, share

    def back(self) -> None:
        """Give all requests to the old fleet again."""
        with self._changed:
            self._new, self._share, self._carry = None, 0.0, 0.0

    def in_service(self) -> Serving | None:
        """The fleet that an update replaces."""
        with self._changed:
            return self._in_service

    def close(self) -> None:
        """Retire the fleet in service; the endpoint is gone."""
        with self._changed:
            self._is_closed = True
            old, self._in_service = self._in_service, None
        if old is not None:
            self.retire(old)

    def retire(self, serving: Serving) -> None:
        """Stop a fleet that takes no more requests once those in flight are answered."""
        end = time.monotonic() + _DRAIN_SECONDS
        with self._changed:
            while serving.in_flight and time.monotonic() < end:
                self._changed.wait(end - time.monotonic())
        serving.fleet.stop()

    def _take(self, start: Callable[[], Serving]) -> Serving:
        while True:
            with self._changed:
                if self._is_closed:
                    raise LocalCloudError("the endpoint was deleted while a request waited for its containers")
                if self._new is not None and self._new.fleet.is_running():
                    self._carry += self._share
                    # The slack is for sums of steps such as a tenth, which fall short of 1 by a rounding error.
                    if self._carry >= 1 - 1e-9:
                        self._carry -= 1
                        self._new.in_flight += 1
                        return self._new
                if self._in_service is not None and self._in_service.fleet.is_running():
                    self._in_service.in_flight += 1
                    return self._in_service
                dead = self._in_service
            with self._starting:
                if self.in_service() is dead:
                    self._replace(dead, start())

    def _replace(self, dead: Serving | None, fresh: Serving) -> None:
        """Put a fresh fleet in the place of one that died; an update that is under way goes on."""
        with self._changed:
            if self._in_service is dead and not self._is_closed:
                self._in_service, surplus = fresh, dead
            else:
                surplus = fresh
        if surplus is not None:
            surplus.fleet.stop()
