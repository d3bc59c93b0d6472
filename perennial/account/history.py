"""What happened in an execution, from the events of GetExecutionHistory.

Reference: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

_ENTERED = "StateEntered"
_EXITED = "StateExited"
_FAILURES = ("Failed", "TimedOut", "Aborted")
_CONTAINER_FAILURES = {
    "MapStateFailed": "Map",
    "MapStateAborted": "Map",
    "MapRunFailed": "Map",
    "ParallelStateFailed": "Parallel",
    "ParallelStateAborted": "Parallel",
}
_SUCCESSES = ("TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded", "MapStateSucceeded")


class Outcome(StrEnum):
    """How a visit of a state ended."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    RETRIED = "succeeded after a retry"
    CAUGHT = "failed, caught"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One stay in one state.

    Args:
        state: the state's name.
        kind: the state's type, such as Task.
        came_from: the state left before, None at the start.
        entered_at: when it began.
        exited_at: when it ended, None while it runs or when the execution ended in it.
        outcome: how it ended.
        failed_attempts: attempts that failed, retried or not.
        error: name of the last error.
        cause: what the last error said.
    """

    state: str
    kind: str
    came_from: str | None
    entered_at: datetime
    exited_at: datetime | None
    outcome: Outcome
    failed_attempts: int
    error: str | None
    cause: str | None

    def elapsed(self, *, now: datetime) -> timedelta:
        """Time spent in the state so far."""
        return (self.exited_at or now) - self.entered_at


@dataclass(frozen=True, kw_only=True)
class History:
    """An execution, state by state, in the order the states were entered.

    Args:
        visits: every stay in a state.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        started_at: when the execution began, None before its first event.
        ended_at: when it ended.
        last_event_at: when anything was last heard.
    """

    visits: tuple[Visit, ...] = ()
    status: str = "RUNNING"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_event_at: datetime | None = None

    def of(self, state: str) -> tuple[Visit, ...]:
        """Every visit of a state."""
        return tuple(visit for visit in self.visits if visit.state == state)

    def time_in(self, state: str) -> timedelta:
        """Total time in a state, over all visits."""
        now = self.ended_at or self.last_event_at
        return sum((visit.elapsed(now=now) for visit in self.of(state) if now), timedelta())

    @property
    def elapsed(self) -> timedelta:
        """Time from the first event to the end, or to the last event while it runs."""
        last = self.ended_at or self.last_event_at
        return last - self.started_at if last and self.started_at else timedelta()

    @property
    def transitions(self) -> frozenset[tuple[str, str]]:
        """Pairs of states that followed each other."""
        return frozenset((visit.came_from, visit.state) for visit in self.visits if visit.came_from)


@dataclass(kw_only=True)
class _Stay:
    state: str
    kind: str
    came_from: str | None
    entered_at: datetime
    exited_at: datetime | None = None
    failed_attempts: int = 0
    last_attempt_failed: bool = False
    closed: bool = False
    error: str | None = None
    cause: str | None = None

    def visit(self, *, ended: bool) -> Visit:
        return Visit(
            state=self.state,
            kind=self.kind,
            came_from=self.came_from,
            entered_at=self.entered_at,
            exited_at=self.exited_at,
            outcome=self._outcome(ended=ended),
            failed_attempts=self.failed_attempts,
            error=self.error,
            cause=self.cause,
        )

    def _outcome(self, *, ended: bool) -> Outcome:
        if self.exited_at is None:
            return Outcome.FAILED if ended or self.closed else Outcome.RUNNING
        if self.last_attempt_failed:
            return Outcome.CAUGHT
        return Outcome.RETRIED if self.failed_attempts else Outcome.SUCCEEDED


@dataclass
class _Fold:
    stays: list[_Stay] = field(default_factory=list)
    # Event id -> the chain of stays it belongs to, newest first: events of parallel branches interleave, so the chain
    # of previousEventId is what tells them apart.
    chains: dict[int, tuple[int, ...]] = field(default_factory=dict)
    exits: dict[int, str] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)

    def add(self, event: Mapping[str, Any]) -> None:
        kind, at = str(event["type"]), event["timestamp"]
        previous = int(event.get("previousEventId", 0))
        chain = self.chains.get(previous, ())
        left = self.exits.get(previous)
        self.history["last_event_at"] = at
        if kind.endswith(_ENTERED):
            name = event["stateEnteredEventDetails"]["name"]
            before = left or (self.stays[chain[0]].state if chain else None)
            self.stays.append(_Stay(state=name, kind=kind.removesuffix(_ENTERED), came_from=before, entered_at=at))
            chain, left = (len(self.stays) - 1, *chain), None
        elif kind.endswith(_EXITED):
            left = event["stateExitedEventDetails"]["name"]
            self._exit(chain, name=left, at=at)
        elif kind.startswith("Execution"):
            self._execution(kind, at, event, chain)
        elif kind in _CONTAINER_FAILURES:
            self._close(chain, event, container=_CONTAINER_FAILURES[kind])
        elif kind.endswith(_FAILURES) and chain:
            self._fail(self.stays[chain[0]], event)
        elif kind in _SUCCESSES and chain:
            self.stays[chain[0]].last_attempt_failed = False
        self.chains[int(event["id"])] = chain
        if left:
            self.exits[int(event["id"])] = left

    def _exit(self, chain: Sequence[int], *, name: str, at: datetime) -> None:
        for index in chain:
            stay = self.stays[index]
            if stay.state == name and stay.exited_at is None:
                stay.exited_at = at
                return

    def _execution(self, kind: str, at: datetime, event: Mapping[str, Any], chain: Sequence[int]) -> None:
        if kind == "ExecutionStarted":
            self.history["started_at"] = at
        elif kind == "ExecutionRedriven":
            self.history.pop("ended_at", None)
            self.history["status"] = "RUNNING"
        else:
            status = kind.removeprefix("Execution")
            self.history["status"] = {"TimedOut": "TIMED_OUT"}.get(status, status.upper())
            self.history["ended_at"] = at
            if kind != "ExecutionSucceeded" and chain and self.stays[chain[0]].exited_at is None:
                stay = self.stays[chain[0]]
                error, cause = _error(event)
                stay.error, stay.cause = stay.error or error, stay.cause or cause

    def _close(self, chain: Sequence[int], event: Mapping[str, Any], *, container: str) -> None:
        for index in chain:
            stay = self.stays[index]
            if stay.kind == container and stay.exited_at is None and not stay.last_attempt_failed:
                self._fail(stay, event)
                return
            if stay.exited_at is None:
                stay.closed = True

    @staticmethod
    def _fail(stay: _Stay, event: Mapping[str, Any]) -> None:
        stay.failed_attempts += 1
        stay.last_attempt_failed = True
        stay.error, stay.cause = _error(event)


def _error(event: Mapping[str, Any]) -> tuple[str | None, str | None]:
    for key, details in event.items():
        if key.endswith("EventDetails") and ("error" in details or "cause" in details):
            return details.get("error"), details.get("cause")
    return None, None


def parse(events: Iterable[Mapping[str, Any]]) -> History:
    """Fold events, oldest first, as boto3 returns them. May stop anywhere: a running execution is a valid one."""
    fold = _Fold()
    for event in events:
        fold.add(event)
    ended = "ended_at" in fold.history
    return History(visits=tuple(stay.visit(ended=ended) for stay in fold.stays), **fold.history)
