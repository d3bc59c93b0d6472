"""Who is in which stage and who waits before it: pure bookkeeping, which says what follows from each change.

A stage is locked while an execution is in it; whoever comes waits, and of those that wait the newest goes on in the
mode SUPERSEDED, the first in the mode QUEUED. In the mode PARALLEL nobody waits for anybody. A failure releases the
lock.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from collections.abc import Collection
from dataclasses import dataclass, field

SUPERSEDED, QUEUED, PARALLEL = "SUPERSEDED", "QUEUED", "PARALLEL"


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What follows from a change.

    Args:
        entered: executions that are in a stage now, with its name.
        superseded: executions that will never go on.
    """

    entered: tuple[tuple[str, str], ...] = ()
    superseded: tuple[str, ...] = ()


@dataclass
class StageQueue:
    """The stages of one pipeline."""

    _inside: dict[str, list[str]] = field(default_factory=dict)
    _waiting: dict[str, list[str]] = field(default_factory=dict)
    # When each came into the pipeline.
    _numbers: dict[str, int] = field(default_factory=dict)

    def inside(self, stage: str) -> tuple[str, ...]:
        """Who is in a stage."""
        return tuple(self._inside.get(stage, ()))

    def waiting(self, stage: str) -> tuple[str, ...]:
        """Who waits before a stage, the first first."""
        return tuple(self._waiting.get(stage, ()))

    def knows(self, execution: str) -> bool:
        """Whether an execution is in a stage or waits before one."""
        return any(execution in ids for ids in (*self._inside.values(), *self._waiting.values()))

    def arrive(self, execution: str, stage: str, *, mode: str, closed: Collection[str]) -> Moves:
        """An execution comes to a stage.

        Args:
            execution: its id.
            stage: name of the stage.
            mode: of the pipeline.
            closed: stages that nobody may enter.
        """
        self._numbers.setdefault(execution, len(self._numbers))
        self._waiting.setdefault(stage, []).append(execution)
        return self.look(stage, mode=mode, closed=closed)

    def take(self, execution: str, stage: str, *, mode: str) -> bool:
        """An execution that failed in a stage goes on in it; False when another one is in there."""
        self._numbers.setdefault(execution, len(self._numbers))
        if mode != PARALLEL and self.inside(stage):
            return False
        self._inside.setdefault(stage, []).append(execution)
        return True

    def leave(self, execution: str, *, mode: str, closed: Collection[str]) -> Moves:
        """An execution is in no stage any more, and waits before none."""
        left = [stage for stage, ids in self._inside.items() if execution in ids]
        for ids in (*self._inside.values(), *self._waiting.values()):
            if execution in ids:
                ids.remove(execution)
        moves = [self.look(stage, mode=mode, closed=closed) for stage in left]
        return Moves(
            entered=tuple(item for move in moves for item in move.entered),
            superseded=tuple(item for move in moves for item in move.superseded),
        )

    def look(self, stage: str, *, mode: str, closed: Collection[str]) -> Moves:
        """Let in whoever may go into a stage."""
        waiting = self._waiting.get(stage, [])
        superseded: tuple[str, ...] = ()
        if mode == SUPERSEDED and waiting:
            newest = max(waiting, key=self._numbers.__getitem__)
            superseded = tuple(item for item in waiting if item != newest)
            waiting[:] = [newest]
        entered: list[tuple[str, str]] = []
        inside = self._inside.setdefault(stage, [])
        while waiting and stage not in closed and (mode == PARALLEL or not inside):
            inside.append(waiting.pop(0))
            entered.append((stage, inside[-1]))
        return Moves(entered=tuple(entered), superseded=superseded)
