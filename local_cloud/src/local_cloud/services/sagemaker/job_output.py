"""What a container wrote to its log, and when: the log's size is looked at while it grows."""

import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from moto.core.utils import utcnow

from local_cloud.kernel import runtime

# CloudWatch tells metrics by the minute.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Output:
    """A whole log.

    Args:
        content: its bytes.
        seen: how long it was when somebody looked, and when that was; oldest first, the last one has all of it.
    """

    content: bytes
    seen: tuple[tuple[int, datetime], ...]

    @property
    def text(self) -> str:
        """The log as text."""
        return self.content.decode("utf-8", errors="replace")

    def lines(self) -> Iterator[tuple[datetime, str]]:
        """Each line with the moment by which it was written."""
        end, sizes = 0, [size for size, _ in self.seen]
        for line in self.content.splitlines(keepends=True):
            end += len(line)
            moment = self.seen[min(bisect_left(sizes, end), len(self.seen) - 1)][1]
            yield moment, line.decode("utf-8", errors="replace").rstrip("\r\n")


class Watch:
    """Looks at a log while its process runs.

    Args:
        path: of the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: list[tuple[int, datetime]] = []
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._looking = runtime.current().background.start(f"log {self._path.name}", lambda _: self._look_on())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._looking.wait()

    def output(self) -> Output:
        """All of it, once the process has ended."""
        content = self._path.read_bytes()
        return Output(content=content, seen=(*self._seen, (len(content), utcnow())))

    def _look_on(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            size = self._path.stat().st_size
            if not self._seen or self._seen[-1][0] != size:
                self._seen.append((size, utcnow()))
