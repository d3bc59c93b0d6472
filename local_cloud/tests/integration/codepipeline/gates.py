"""What builds of a test wait for."""

import errno
import os
from pathlib import Path


class Gate:
    """A script that a build runs: an empty one, one that fails, or one that never ends until it is opened.

    Args:
        path: of the script.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: int | None = None
        self.open()

    def open(self) -> None:
        """Let builds through, also the one that waits."""
        self._put("")
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def fail(self) -> None:
        """Let builds fail."""
        self._put("false\n")

    def close(self) -> None:
        """Hold the next build."""
        self.path.unlink()
        os.mkfifo(self.path)

    def is_holding(self) -> bool:
        """Whether a build waits, which can be found once."""
        if self._writer is None:
            try:
                self._writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
        return self._writer is not None

    def _put(self, text: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)
