"""Where functions answer requests about custom resources: a URL for each request, that takes one answer.

On AWS it is a pre-signed one of S3; here it lies under ``/_local/``, and whoever knows it may answer.
"""

import contextlib
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from local_cloud.kernel import control, runtime

_FOLDER = "custom-resource-responses"


class Answer:
    """One answer that somebody waits for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._told = threading.Event()
        self.body: bytes | None = None
        self.failure: str | None = None

    def tell(self, body: bytes) -> None:
        """The function has answered."""
        self.body = body
        self._told.set()

    def give_up(self, failure: str) -> None:
        """The function failed at each attempt, so that nobody will answer."""
        self.failure = failure
        self._told.set()

    def wait(self, seconds: float) -> None:
        """Wait for it; the time runs as fast as the virtual clock, and its jumps leave it alone."""
        limit = runtime.current().clock.countdown(seconds)
        while not self._told.wait(limit.next_look()) and not limit.is_over():
            pass


class Responses:
    """Those that are waited for, by the last part of their URL."""

    def __init__(self) -> None:
        self._waiting: dict[str, Answer] = {}

    @contextlib.contextmanager
    def expect(self) -> Iterator[Answer]:
        """An answer whose URL is good while this lasts."""
        name = uuid.uuid4().hex
        answer = Answer(f"{runtime.current().settings.endpoint_url}{control.PREFIX}{_FOLDER}/{name}")
        self._waiting[name] = answer
        try:
            yield answer
        finally:
            del self._waiting[name]

    def find(self, url: str) -> Answer | None:
        """The one of a URL, if somebody waits for it."""
        return self._waiting.get(url.rpartition("/")[2])


def listen() -> None:
    """Take answers, and hear of functions that gave none."""
    from local_cloud.services.lambda_ import asynchronous

    control.register_upload(_FOLDER, _take)
    asynchronous.observe_failures(_give_up)


def _take(name: str, body: bytes) -> None:
    answer = runtime.current().of(Responses).find(name)
    if answer is None:
        raise control.UnknownUpload("nobody waits for this answer any more")
    answer.tell(body)


def _give_up(event: Any, failure: str) -> None:
    url = event.get("ResponseURL") if isinstance(event, dict) else None
    answer = runtime.current().of(Responses).find(url) if isinstance(url, str) else None
    if answer is not None:
        answer.give_up(failure)
