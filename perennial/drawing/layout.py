"""Boxes and lines of a flow, in pixels: rows and columns as large as what they hold, lines only in between."""

from collections import defaultdict
from dataclasses import dataclass, replace

from perennial.drawing.flow import Edge, Flow, Kind, State
from perennial.drawing.placement import Cell, Placement, place
from perennial.drawing.text import wrap

BOX_WIDTH = 244.0
LINE_HEIGHT = 16.0
TITLE_SIZE = 13.0
TEXT_INSET = 38.0
ROW_GAP = 24.0
GUTTER = 68.0
RAIL = 34.0
PADDING = 14.0
_BASE_HEIGHT = 30.0
_LANE = 9.0
_PORT = 11.0
_CORNER_INSET = 20.0

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A state's rectangle; ``title`` is wrapped to fit."""

    state: State
    title: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """Centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)
class Route:
    """An edge's line, from the source to the target."""

    edge: Edge
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Everything of one flow, nested flows included; containers come before what is in them."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]

    def moved(self, dx: float, dy: float) -> "Drawing":
        """The same drawing elsewhere."""
        return replace(
            self,
            boxes=tuple(replace(box, x=box.x + dx, y=box.y + dy) for box in self.boxes),
            routes=tuple(
                replace(route, points=tuple((x + dx, y + dy) for x, y in route.points)) for route in self.routes
            ),
        )


def draw(flow: Flow) -> Drawing:
    """Lay a flow out; the drawing's corner is at (0, 0)."""
    placement = place(flow)
    inner = {name: [draw(child) for child in state.inside] for name, state in flow.states.items()}
    sized = {name: _sized(state, inner[name]) for name, state in flow.states.items()}
    tracks = _Tracks(placement, sized)
    boxes = {name: tracks.positioned(box, placement.cells[name]) for name, box in sized.items()}
    router = _Router(placement, boxes, tracks)
    routes = [router.route(edge) for edge in flow.edges]
    every_box: list[Box] = []
    every_route: list[Route] = []
    for name, box in boxes.items():
        every_box.append(box)
        x = box.x + PADDING
        for drawing in inner[name]:
            child = drawing.moved(x, box.y + _header(box) + PADDING)
            every_box += child.boxes
            every_route += child.routes
            x += drawing.width + PADDING
    # A way may turn below the last row or beside the last column.
    points = [point for route in routes for point in route.points]
    width = max([tracks.width, *(x for x, _ in points)])
    height = max([tracks.height, *(y for _, y in points)])
    return Drawing(width=width, height=height, boxes=tuple(every_box), routes=(*routes, *every_route))


def _header(box: Box) -> float:
    return _BASE_HEIGHT + LINE_HEIGHT * len(box.title)


def _sized(state: State, inner: list[Drawing]) -> Box:
    content = sum(drawing.width for drawing in inner) + PADDING * (len(inner) + 1) if inner else 0.0
    width = max(BOX_WIDTH, content)
    title = wrap(state.name, width=width - TEXT_INSET - 10, size=TITLE_SIZE)
    height = _BASE_HEIGHT + LINE_HEIGHT * len(title)
    if inner:
        height += max(drawing.height for drawing in inner) + 2 * PADDING
    return Box(state=state, title=title, x=0, y=0, width=width, height=height)


class _Tracks:
    """Where rows and columns lie."""

    def __init__(self, placement: Placement, sized: dict[str, Box]) -> None:
        widths: dict[int, float] = defaultdict(float)
        heights: dict[int, float] = defaultdict(float)
        for name, cell in placement.cells.items():
            widths[cell.column] = max(widths[cell.column], sized[name].width)
            heights[cell.row] = max(heights[cell.row], sized[name].height)
        self.rail_x = RAIL / 2 if placement.hub else 0.0
        self.columns: dict[int, tuple[float, float]] = {}
        x = RAIL if placement.hub else 0.0
        for column in sorted(widths):
            self.columns[column] = (x, widths[column])
            x += widths[column] + GUTTER
        last = placement.cells.values()
        loops = max(widths) == max(cell.column for cell in last)
        self.width = x - GUTTER + (_LANE * 4 if loops else 0)
        self.rows: dict[int, tuple[float, float]] = {}
        y = 0.0
        for row in sorted(heights):
            self.rows[row] = (y, heights[row])
            y += heights[row] + ROW_GAP
        self.height = y - ROW_GAP

    def positioned(self, box: Box, cell: Cell) -> Box:
        x, width = self.columns[cell.column]
        y, height = self.rows[cell.row]
        return replace(box, x=x + (width - box.width) / 2, y=y + (height - box.height) / 2)

    def gap_below(self, row: int) -> float:
        y, height = self.rows[row]
        return y + height

    def gutter_right_of(self, column: int) -> float:
        x, width = self.columns[column]
        return x + width


class _Router:
    """Lines between boxes; none runs through a box."""

    def __init__(self, placement: Placement, boxes: dict[str, Box], tracks: _Tracks) -> None:
        self._cells = placement.cells
        self._taken = set(placement.cells.values())
        self._hub = placement.hub
        self._boxes = boxes
        self._tracks = tracks
        self._ports: dict[tuple[str, str], int] = defaultdict(int)
        self._gap_lanes: dict[int, int] = defaultdict(int)
        self._gutter_lanes: dict[int, int] = defaultdict(int)

    def route(self, edge: Edge) -> Route:
        return Route(edge=edge, points=tuple(self._points(edge)))

    def _points(self, edge: Edge) -> list[Point]:
        source, target = self._cells[edge.source], self._cells[edge.target]
        a, b = self._boxes[edge.source], self._boxes[edge.target]
        if self._straight_down(source, target):
            return [(a.middle[0], a.bottom), (b.middle[0], b.y)]
        if edge.target == self._hub:
            return self._by_rail(a, b, source)
        direct = self._direct(edge, a, b, source, target)
        if direct:
            return direct
        if source.column == target.column:
            return self._around(edge, a, b, source)
        return self._through_gaps(edge, a, b, source, target)

    def _direct(self, edge: Edge, a: Box, b: Box, source: Cell, target: Cell) -> list[Point]:
        """Across, or round one corner; empty when boxes are in the way."""
        rightwards = target.column > source.column
        leaves = (a.right if rightwards else a.x, a.middle[1])
        if source.row == target.row and self._clear_between(source, target):
            return [leaves, (b.x if rightwards else b.right, a.middle[1])]
        if source.row < target.row and source.column != target.column:
            if self._clear_beside_then_down(source, target):
                return [leaves, (b.middle[0], a.middle[1]), (b.middle[0], b.y)]
            if self._clear_down_then_beside(source, target):
                y = self._port(edge.target, "left" if rightwards else "right")
                return [(a.middle[0], a.bottom), (a.middle[0], y), (b.x if rightwards else b.right, y)]
        return []

    def _straight_down(self, source: Cell, target: Cell) -> bool:
        between = range(source.row + 1, target.row)
        return (
            source.column == target.column
            and source.row < target.row
            and not any(Cell(source.column, row) in self._taken for row in between)
        )

    def _clear_between(self, source: Cell, target: Cell) -> bool:
        low, high = sorted((source.column, target.column))
        return not any(Cell(column, source.row) in self._taken for column in range(low + 1, high))

    def _clear_beside_then_down(self, source: Cell, target: Cell) -> bool:
        corner = Cell(target.column, source.row)
        return corner not in self._taken and self._clear_between(source, corner) and self._straight_down(corner, target)

    def _clear_down_then_beside(self, source: Cell, target: Cell) -> bool:
        corner = Cell(source.column, target.row)
        return corner not in self._taken and self._straight_down(source, corner) and self._clear_between(corner, target)

    def _port(self, name: str, side: str) -> float:
        count = self._ports[name, side]
        self._ports[name, side] += 1
        return self._boxes[name].middle[1] + (0, _PORT, -_PORT)[count % 3]

    def _by_rail(self, a: Box, b: Box, source: Cell) -> list[Point]:
        rail = self._tracks.rail_x
        enters = [(rail, b.middle[1]), (b.x, b.middle[1])]
        leftmost = min(cell.column for cell in self._taken)
        if not any(Cell(column, source.row) in self._taken for column in range(leftmost, source.column)):
            return [(a.x, a.middle[1]), (rail, a.middle[1]), *enters]
        y = self._gap_lane(source.row)
        x = a.x + _CORNER_INSET
        return [(x, a.bottom), (x, y), (rail, y), *enters]

    def _around(self, edge: Edge, a: Box, b: Box, source: Cell) -> list[Point]:
        x = self._gutter_lane(source.column)
        leaves = self._port(edge.source, "right")
        # Enters below the middle, where lines that join the way from beside do not.
        self._ports[edge.target, "right"] = max(self._ports[edge.target, "right"], 1)
        return [(a.right, leaves), (x, leaves), (x, y := self._port(edge.target, "right")), (b.right, y)]

    def _through_gaps(self, edge: Edge, a: Box, b: Box, source: Cell, target: Cell) -> list[Point]:
        y = self._gap_lane(source.row)
        x = a.x + _CORNER_INSET if target.column < source.column else a.right - _CORNER_INSET
        comes_from_right = source.column > target.column
        gutter = self._gutter_lane(target.column if comes_from_right else target.column - 1)
        port = self._port(edge.target, "right" if comes_from_right else "left")
        return [(x, a.bottom), (x, y), (gutter, y), (gutter, port), (b.right if comes_from_right else b.x, port)]

    def _gap_lane(self, row: int) -> float:
        self._gap_lanes[row] += 1
        return self._tracks.gap_below(row) + 5 + 6 * ((self._gap_lanes[row] - 1) % 3)

    def _gutter_lane(self, column: int) -> float:
        columns = self._tracks.columns
        nearest = max(known for known in columns if known <= max(column, min(columns)))
        self._gutter_lanes[nearest] += 1
        return self._tracks.gutter_right_of(nearest) + 22 + _LANE * ((self._gutter_lanes[nearest] - 1) % 5)


def is_main(edge: Edge) -> bool:
    """Whether an edge is drawn as a full line: everything but a caught error."""
    return edge.kind is not Kind.CATCH
