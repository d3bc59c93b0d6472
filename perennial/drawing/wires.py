"""Lines between boxes: rounded corners, and an arrow head where they end."""

from perennial.drawing.layout import Point

_RADIUS = 7.0


def path(points: tuple[Point, ...]) -> str:
    """A polyline with rounded corners that stops short of its arrow head."""
    *before, last = points
    near = before[-1]
    commands = [f"M{points[0][0]:g} {points[0][1]:g}"]
    shortened = [*before, _towards(last, near, 5)]
    for index in range(1, len(shortened) - 1):
        corner, previous, following = shortened[index], shortened[index - 1], shortened[index + 1]
        start = _towards(corner, previous, min(_RADIUS, _distance(corner, previous) / 2))
        end = _towards(corner, following, min(_RADIUS, _distance(corner, following) / 2))
        commands.append(f"L{start[0]:g} {start[1]:g}Q{corner[0]:g} {corner[1]:g} {end[0]:g} {end[1]:g}")
    commands.append(f"L{shortened[-1][0]:g} {shortened[-1][1]:g}")
    return "".join(commands)


def arrow(points: tuple[Point, ...]) -> str:
    """The head of a polyline's arrow."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = _distance((x0, y0), (x1, y1)) or 1.0
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    back = (x1 - 7 * dx, y1 - 7 * dy)
    return (
        f"M{x1:g} {y1:g}L{back[0] - 3.6 * dy:g} {back[1] + 3.6 * dx:g}L{back[0] + 3.6 * dy:g} {back[1] - 3.6 * dx:g}Z"
    )


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, goal: Point, by: float) -> Point:
    length = _distance(start, goal) or 1.0
    return start[0] + (goal[0] - start[0]) * by / length, start[1] + (goal[1] - start[1]) * by / length
