"""Builds execution histories the way GetExecutionHistory answers them."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)


class Events:
    """Events of one execution, a second apart unless told otherwise."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._at = START
        self.add("ExecutionStarted")

    def add(self, kind: str, *, after: int | None = None, seconds: float = 1, **details: Any) -> int:
        if self.events:
            self._at += timedelta(seconds=seconds)
        number = len(self.events) + 1
        previous = number - 1 if after is None else after
        self.events.append({"id": number, "previousEventId": previous, "type": kind, "timestamp": self._at, **details})
        return number

    def enter(self, name: str, kind: str = "Task", *, after: int | None = None) -> int:
        return self.add(f"{kind}StateEntered", after=after, stateEnteredEventDetails={"name": name})

    def exit(self, name: str, kind: str = "Task", *, after: int | None = None) -> int:
        return self.add(f"{kind}StateExited", after=after, stateExitedEventDetails={"name": name})

    def fail_task(self, error: str = "Lambda.ServiceException", *, after: int | None = None) -> int:
        return self.add("TaskFailed", after=after, taskFailedEventDetails={"error": error, "cause": "it broke"})

    def task(self, name: str, *, seconds: float = 1) -> None:
        self.enter(name)
        self.add("TaskSucceeded", seconds=seconds)
        self.exit(name)
