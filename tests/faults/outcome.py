"""What became of the cells."""

import threading
from dataclasses import dataclass

from tests.faults.cells import Cell

RETRIED = "retried and succeeded"
UNDISTURBED = "went on and succeeded"
FAILED = "failed and told; the re-run succeeded"
ABORTED = "aborted and told; the re-run took over"
ALLOWED = (RETRIED, UNDISTURBED, FAILED, ABORTED)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a cell.

    Args:
        text: which of the allowed outcomes.
        problems: what is not allowed; empty for an allowed outcome.
    """

    text: str
    problems: tuple[str, ...] = ()


class Outcomes:
    """All of a run of the matrix, which several threads fill."""

    def __init__(self, workflow: str) -> None:
        self._workflow = workflow
        self._lock = threading.Lock()
        self.by_cell: dict[Cell, Outcome] = {}

    def record(self, state: str, fault: str, text: str, problems: list[str]) -> None:
        """Keep what became of a cell.

        Raises:
            AssertionError: it was taken before.
        """
        cell = Cell(workflow=self._workflow, state=state, fault=fault)
        with self._lock:
            assert cell not in self.by_cell, f"{cell} was taken twice"
            self.by_cell[cell] = Outcome(text=text, problems=tuple(problems))
