"""Steps of a longer piece of work, each printed with the time it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.text import Text

from perennial.screen import wording


class Steps:
    """Prints steps as they end.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    @property
    def elapsed(self) -> timedelta:
        """Time since the first step."""
        return timedelta(seconds=time.monotonic() - self._began)

    @contextmanager
    def step(self, title: str, *, shows_progress: bool = False) -> Iterator[None]:
        """One step.

        Args:
            title: what is done.
            shows_progress: the step prints lines of its own, so that a spinner would be in the way.
        """
        began = time.monotonic()
        try:
            if shows_progress:
                self._console.print(Text(f"  {title}", style="bold"))
                yield
            else:
                with self._console.status(f"{title} …"):
                    yield
        except BaseException:
            self._line("✗", "red", title, began)
            raise
        self._line("✓", "green", title, began)

    def _line(self, sign: str, style: str, title: str, began: float) -> None:
        spent = wording.duration(timedelta(seconds=time.monotonic() - began))
        self._console.print(Text.assemble((f"{sign} ", style), f"{title:<58}", (f"{spent:>12}", "dim")))
