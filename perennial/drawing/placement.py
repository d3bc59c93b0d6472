"""Which cell of a grid every state of a flow gets.

The longest way to success is the spine: a straight column. Ways that can only fail lie left of it, other ways right.
The state that most errors are caught by (the hub) lies at the lower left, below everything that leads to it.
"""

from collections import Counter
from dataclasses import dataclass

from perennial.drawing.flow import Flow, Kind

_HUB_CATCHES = 3


@dataclass(frozen=True, order=True)
class Cell:
    """A place on the grid; the spine is column 0, rows grow downwards."""

    column: int
    row: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the states are.

    Args:
        cells: one for each state, all different.
        spine: the states of the main way, in order.
        hub: the common failure handler, if the flow has one.
    """

    cells: dict[str, Cell]
    spine: tuple[str, ...]
    hub: str | None


def place(flow: Flow) -> Placement:
    """Give every state its cell."""
    spine = _spine(flow)
    hub = _hub(flow, spine)
    grid = _Grid(flow, hub)
    for row, name in enumerate(spine):
        grid.put(name, Cell(0, row))
    for name in spine:
        grid.grow(name)
    if hub:
        into = [grid.cells[edge.source].row for edge in flow.edges if edge.target == hub and edge.source in grid.cells]
        grid.put(hub, grid.free(Cell(-1, max(into, default=0) + 1)))
        grid.hub = None
        grid.grow(hub)
    for name in flow.states:
        if name not in grid.cells:
            grid.put(name, grid.free(Cell(1, grid.last_row + 1)))
            grid.grow(name)
    return Placement(cells=grid.cells, spine=tuple(spine), hub=hub)


def _spine(flow: Flow) -> list[str]:
    best: dict[str, tuple[bool, int, list[str]]] = {}

    def longest(name: str, above: frozenset[str]) -> tuple[bool, int, list[str]]:
        if name in best:
            return best[name]
        state = flow.states[name]
        found = (state.kind != "Fail" and state.ends, 1, [name])
        for edge in flow.after(name, catches=False):
            if edge.target in above or edge.target == name:
                continue
            success, length, path = longest(edge.target, above | {name})
            if (success, length + 1) > found[:2]:
                found = (success, length + 1, [name, *path])
        best[name] = found
        return found

    return longest(flow.start, frozenset())[2]


def _hub(flow: Flow, spine: list[str]) -> str | None:
    caught = Counter(edge.target for edge in flow.edges if edge.kind is Kind.CATCH and edge.target not in spine)
    if not caught:
        return None
    name, count = caught.most_common(1)[0]
    return name if count >= _HUB_CATCHES else None


class _Grid:
    def __init__(self, flow: Flow, hub: str | None) -> None:
        self.cells: dict[str, Cell] = {}
        self.hub = hub
        self._flow = flow
        self._succeeds = _reaching_success(flow)

    @property
    def last_row(self) -> int:
        return max((cell.row for cell in self.cells.values()), default=-1)

    def put(self, name: str, cell: Cell) -> None:
        self.cells[name] = cell

    def free(self, cell: Cell) -> Cell:
        """The first free cell from here downwards."""
        taken = set(self.cells.values())
        while cell in taken:
            cell = Cell(cell.column, cell.row + 1)
        return cell

    def grow(self, name: str) -> None:
        """Place what hangs on a placed state."""
        origin = self.cells[name]
        for edge in self._flow.after(name):
            target = edge.target
            if target in self.cells or target == self.hub:
                continue
            self.put(target, self._beside(origin, target) if origin.column == 0 else self._below(origin))
            self.grow(target)

    def _beside(self, origin: Cell, target: str) -> Cell:
        column = 1 if target in self._succeeds else -1
        rejoins = any(
            self.cells.get(edge.target, Cell(1, 0)).column == 0 and self.cells[edge.target].row > origin.row + 1
            for edge in self._flow.after(target, catches=False)
        )
        return self.free(Cell(column, origin.row + 1 if rejoins else origin.row))

    def _below(self, origin: Cell) -> Cell:
        outward = 1 if origin.column > 0 else -1
        taken = set(self.cells.values())
        for column in (origin.column, origin.column - outward, origin.column + outward):
            cell = Cell(column, origin.row + 1)
            if cell not in taken:
                return cell
        return self.free(Cell(origin.column, origin.row + 1))


def _reaching_success(flow: Flow) -> set[str]:
    reaching = {name for name, state in flow.states.items() if state.ends and state.kind != "Fail"}
    while True:
        more = {edge.source for edge in flow.edges if edge.kind is not Kind.CATCH and edge.target in reaching}
        if more <= reaching:
            return reaching
        reaching |= more
