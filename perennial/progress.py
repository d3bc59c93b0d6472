"""Live progress of an execution, state by state: a table that grows on a terminal, plain lines everywhere else."""

import time
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from perennial import failures, wording
from perennial.history import History, Outcome, Visit

_POLL_SECONDS = 0.5
_REMARK_LENGTH = 110
_SIGNS = {
    Outcome.RUNNING: ("●", "cyan"),
    Outcome.SUCCEEDED: ("✓", "green"),
    Outcome.RETRIED: ("✓", "yellow"),
    Outcome.CAUGHT: ("!", "yellow"),
    Outcome.FAILED: ("✗", "red"),
}


def follow(fetch: Callable[[], History], *, console: Console, timeout_seconds: float) -> History:
    """Show an execution until it ends.

    Args:
        fetch: what happened so far.
        console: where to show it.
        timeout_seconds: real time to wait at most.

    Raises:
        TimeoutError: it did not end in time.
    """
    deadline = time.monotonic() + timeout_seconds
    shown = History()
    live = Live(console=console, refresh_per_second=4, transient=False) if console.is_terminal else None
    if live:
        live.start()
    try:
        while True:
            seen = fetch()
            if live:
                live.update(table(seen))
            else:
                for line in news(shown, seen):
                    console.print(line, soft_wrap=True)
            shown = seen
            if seen.status != "RUNNING":
                return seen
            if time.monotonic() > deadline:
                where = seen.visits[-1].state if seen.visits else "no state"
                raise TimeoutError(f"the execution still runs after {timeout_seconds:g} s, in {where}")
            time.sleep(_POLL_SECONDS)
    finally:
        if live:
            live.stop()


def news(before: History, after: History) -> list[Text]:
    """What changed between two looks, one line an event: a slow state's start, every state's end."""
    lines = []
    for index, visit in enumerate(after.visits):
        known = before.visits[index] if index < len(before.visits) else None
        if known is not None and known.outcome == visit.outcome:
            continue
        if visit.outcome is Outcome.RUNNING:
            lines.append(Text.assemble("    ", ("● ", "cyan"), visit.state, (" …", "dim")))
        else:
            lines.append(_line(visit, after))
    return lines


def table(history: History) -> Table:
    """All states so far."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(min_width=38)
    grid.add_column(justify="right")
    grid.add_column(style="dim", overflow="fold")
    for visit in history.visits:
        sign, style = _SIGNS[visit.outcome]
        grid.add_row(Text(f"    {sign}", style=style), Text(visit.state), _time(visit, history), Text(_remark(visit)))
    return grid


def _line(visit: Visit, history: History) -> Text:
    sign, style = _SIGNS[visit.outcome]
    remark = _remark(visit)
    return Text.assemble(
        "    ", (f"{sign} ", style), f"{visit.state:<38}", f"{_time(visit, history):>9}", (f"  {remark}", "dim")
    )


def _time(visit: Visit, history: History) -> str:
    now = history.ended_at or history.last_event_at
    elapsed = visit.elapsed(now=now) if now else timedelta()
    return "…" if visit.outcome is Outcome.RUNNING else wording.duration(elapsed)


def _remark(visit: Visit) -> str:
    words = []
    if visit.failed_attempts and visit.outcome in (Outcome.RETRIED, Outcome.RUNNING):
        words.append(f"attempt {visit.failed_attempts + 1}")
    if visit.error:
        words.append(_shortened(failures.words(visit.error, visit.cause or "")))
    return ", ".join(words)


def _shortened(told: str) -> str:
    """A remark beside the state; the whole line stands below, once the execution has ended."""
    return told if len(told) <= _REMARK_LENGTH else f"{told[: _REMARK_LENGTH - 1]}…"
