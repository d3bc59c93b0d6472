"""Live progress of an execution, state by state: lines that change on a terminal, one line an event everywhere else."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from perennial.account import failures
from perennial.account.history import History, Outcome, Visit
from perennial.screen import wording
from perennial.screen.grid import wrapped

_POLL_SECONDS = 0.5
_REMARK_LENGTH = 110
_REMARK_INDENT = 6
_SIGNS = {
    Outcome.RUNNING: ("●", "cyan"),
    Outcome.SUCCEEDED: ("✓", "green"),
    Outcome.RETRIED: ("✓", "yellow"),
    Outcome.CAUGHT: ("!", "yellow"),
    Outcome.FAILED: ("✗", "red"),
}


class Watch:
    """How long each state has been running.

    Args:
        clock: seconds that only ever grow.
        now: this machine's time. A local cloud's may be hours ahead of it: a state that seems to begin in the future is
            timed from the first look at it.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._clock = clock
        self._now = now
        # Since when a visit was running, by its place in the history.
        self._since: dict[int, float] = {}

    def look(self, history: History) -> dict[int, timedelta]:
        """Time so far of the visits that still run, by their places."""
        now = self._clock()
        running = {}
        for place, visit in enumerate(history.visits):
            if visit.outcome is Outcome.RUNNING:
                latest = max(self._now(), history.last_event_at or visit.entered_at, visit.entered_at)
                since = self._since.setdefault(place, now - (latest - visit.entered_at).total_seconds())
                running[place] = timedelta(seconds=now - since)
        return running


def follow(
    fetch: Callable[[], History],
    *,
    console: Console,
    timeout_seconds: float,
    pause: Callable[[float], object] = time.sleep,
) -> History:
    """Show an execution until it ends.

    Args:
        fetch: what happened so far.
        console: where to show it.
        timeout_seconds: real time to wait at most.
        pause: waits that many seconds.

    Raises:
        TimeoutError: it did not end in time.
    """
    deadline = time.monotonic() + timeout_seconds
    shown, watch = History(), Watch()
    live = Live(console=console, refresh_per_second=4, transient=False) if console.is_terminal else None
    if live:
        live.start()
    try:
        while True:
            seen = fetch()
            if live:
                # While it runs the newest states have to be in sight; in the end all of them stay.
                height = console.height - 1 if seen.status == "RUNNING" else None
                lines = table(seen, console=console, running=watch.look(seen), height=height)
                live.update(Group(*lines))
            else:
                for line in news(shown, seen):
                    console.print(line, soft_wrap=True)
            shown = seen
            if seen.status != "RUNNING":
                return seen
            if time.monotonic() > deadline:
                where = seen.visits[-1].state if seen.visits else "no state"
                raise TimeoutError(f"the execution still runs after {timeout_seconds:g} s, in {where}")
            pause(_POLL_SECONDS)
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


def table(
    history: History, *, console: Console, running: Mapping[int, timedelta] | None = None, height: int | None = None
) -> list[Text]:
    """All states so far, a remark in lines of its own.

    Args:
        history: what happened.
        console: whose width the lines fit.
        running: time so far of the visits that still run, by their places in the history.
        height: lines at most; the first ones give way to one that counts them. None for all.
    """
    blocks = [
        _block(visit, history, console=console, so_far=(running or {}).get(place))
        for place, visit in enumerate(history.visits)
    ]
    left_out = 0
    while height is not None and left_out < len(blocks) - 1 and _length(blocks[left_out:]) + bool(left_out) > height:
        left_out += 1
    lines = [line for block in blocks[left_out:] for line in block]
    if left_out:
        lines.insert(0, Text(f"    … {left_out} states before these", style="dim"))
    return lines


def _length(blocks: Sequence[Sequence[Text]]) -> int:
    return sum(map(len, blocks))


def _block(visit: Visit, history: History, *, console: Console, so_far: timedelta | None) -> list[Text]:
    sign, style = _SIGNS[visit.outcome]
    spent = wording.duration(so_far) if so_far is not None else _time(visit, history)
    line = Text.assemble("    ", (f"{sign} ", style), f"{visit.state:<38}", f"{spent:>12}")
    remark = Text(_remark(visit), style="dim")
    lines = wrapped(console, line, width=console.width)
    return lines + wrapped(console, remark, width=console.width, indent=_REMARK_INDENT) if remark else lines


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
