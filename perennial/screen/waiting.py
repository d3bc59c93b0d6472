"""Waits for a job and shows that it is waited for: a line that changes on a terminal, one line a status elsewhere."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from rich.console import Console

from perennial.screen import wording

_POLL_SECONDS = 2.0


def until(
    look: Callable[[], Mapping[str, Any]],
    *,
    status: str,
    ended: frozenset[str],
    name: str,
    console: Console,
    pause: Callable[[float], object] = time.sleep,
) -> Mapping[str, Any]:
    """Wait until a job has ended; gives its last description.

    Args:
        look: describes it.
        status: member of the description.
        ended: what it is when the job has ended.
        name: of the job, for people.
        console: where to show it.
        pause: waits that many seconds.
    """
    began, shown = time.monotonic(), ""
    with console.status(f"{name}: starting") as line:
        while True:
            found = look()
            now = str(found[status])
            elapsed = wording.duration(timedelta(seconds=time.monotonic() - began))
            line.update(f"{name}: {now} for {elapsed}")
            if now != shown:
                console.print(f"{name}: {now}", soft_wrap=True)
                shown = now
            if now in ended:
                return found
            pause(_POLL_SECONDS)
