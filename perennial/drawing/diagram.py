"""A state machine as SVG: what is defined and, with a history, the way that was taken. Readable on light and dark."""

from collections.abc import Mapping
from html import escape
from typing import Any

from perennial.account import failures
from perennial.account.history import History, Outcome
from perennial.drawing import flow, layout, text, wires
from perennial.drawing.flow import Edge, Kind
from perennial.drawing.layout import Box, Route
from perennial.screen import wording

_MARGIN = 28.0
_HEAD = 78.0

STYLE = """
.sm{--paper:#ffffff;--rim:#d8dee6;--ink:#1b2430;--soft:#65717f;--line:#aab4c0;--box:#f6f8fa;--edge:#c3ccd6;
--way:#0b6bcb;--ok:#1a7f4b;--okbox:#eef8f2;--bad:#c2352b;--badbox:#fdf0ee;--warn:#a15c00;--warnbox:#fdf5e8;
--nowbox:#edf5fd;font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media (prefers-color-scheme:dark){.sm{--paper:#12171e;--rim:#2b343f;--ink:#e6ebf1;--soft:#93a0ae;--line:#55616e;
--box:#1a212a;--edge:#3a4551;--way:#58a6ff;--ok:#4cc38a;--okbox:#13271e;--bad:#ff7b70;--badbox:#2c1816;--warn:#e3a34a;
--warnbox:#2b2113;--nowbox:#132538}}
.sm .paper{fill:var(--paper);stroke:var(--rim)}
.sm text{fill:var(--ink)}
.sm .name{font-size:18px;font-weight:650}
.sm .soft{fill:var(--soft);font-size:12px}
.sm .title{font-size:13px;font-weight:600}
.sm .small{fill:var(--soft);font-size:11px}
.sm .time{fill:var(--soft);font-size:11px;text-anchor:end;font-variant-numeric:tabular-nums}
.sm .label{fill:var(--soft);font-size:10px;
paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.sm .box{fill:var(--box);stroke:var(--edge);stroke-width:1.2}
.sm .mark{fill:none;stroke:var(--edge);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.sm .disc{fill:var(--edge)}
.sm .succeeded .box{fill:var(--okbox);stroke:var(--ok)}.sm .succeeded .disc{fill:var(--ok)}
.sm .retried .box,.sm .caught .box{fill:var(--warnbox);stroke:var(--warn)}
.sm .retried .disc,.sm .caught .disc{fill:var(--warn)}
.sm .failed .box{fill:var(--badbox);stroke:var(--bad)}.sm .failed .disc{fill:var(--bad)}
.sm .running .box{fill:var(--nowbox);stroke:var(--way)}.sm .running .disc{fill:var(--way)}
.sm .succeeded .mark,.sm .retried .mark,.sm .caught .mark,.sm .failed .mark,.sm .running .mark{stroke:var(--paper)}
.sm .idle .title{fill:var(--soft);font-weight:500}
.sm .idle .disc{fill:none;stroke:var(--edge);stroke-width:1.4}.sm .idle .mark{stroke:none}
.sm .plain .disc{fill:var(--line)}.sm .plain .mark{stroke:var(--paper)}
.sm .wire{fill:none;stroke:var(--line);stroke-width:1.3}
.sm .catch{stroke-dasharray:3 4;stroke-width:1.1}
.sm .taken{stroke:var(--way);stroke-width:2.6}
.sm .taken.catch{stroke-dasharray:6 4}
.sm .tip{fill:var(--line)}.sm .tip.taken{fill:var(--way);stroke:none}
""".strip()

_MARKS = {
    "succeeded": "M-4 .3 L-1.2 3.1 L4.2-2.9",
    "retried": "M3.4-2.4 A4 4 0 1 0 4 1 M3.8-5 V-2 H.8",
    "caught": "M0-4 V.8 M0 3.7 V3.8",
    "failed": "M-3-3 L3 3 M3-3 L-3 3",
    "running": "M-3 0 H-2.9 M0 0 H.1 M3 0 H3.1",
    "plain": "",
    "idle": "",
}
_CLASSES = {
    Outcome.RUNNING: "running",
    Outcome.SUCCEEDED: "succeeded",
    Outcome.RETRIED: "retried",
    Outcome.CAUGHT: "caught",
    Outcome.FAILED: "failed",
}
_LEGEND = (
    ("succeeded", "succeeded"),
    ("retried", "retried"),
    ("caught", "failed, caught"),
    ("failed", "failed"),
    ("running", "running"),
    ("idle", "not taken"),
)


def svg(definition: Mapping[str, Any], *, title: str, subtitle: str = "", history: History | None = None) -> str:
    """Draw a state machine.

    Args:
        definition: in Amazon States Language.
        title: usually the state machine's name.
        subtitle: one line below it, such as the execution's name and result.
        history: of the execution whose way is emphasised; without it only the definition is drawn.

    Returns:
        A self-contained SVG document.
    """
    drawing = layout.draw(flow.parse(definition)).moved(_MARGIN, _MARGIN + _HEAD)
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN + _HEAD
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    taken = history.transitions if history else frozenset()
    routes = sorted(drawing.routes, key=lambda route: _is_taken(route.edge, taken))
    containers = [box for box in drawing.boxes if box.state.inside]
    simple = [box for box in drawing.boxes if not box.state.inside]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sm" role="img" aria-label="{escape(title)}" {size}>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="12"/>',
        *_heading(title, subtitle, history, width),
        *(_box(box, history) for box in containers),
        *(_wire(route, taken=_is_taken(route.edge, taken)) for route in routes),
        *(_box(box, history) for box in simple),
        *_labels(routes),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def outcome_class(state: str, history: History | None) -> str:
    """CSS class of a state: how its last visit ended, ``idle`` if it was not visited, ``plain`` without a history."""
    if history is None:
        return "plain"
    visits = history.of(state)
    return _CLASSES[visits[-1].outcome] if visits else "idle"


def mark(css_class: str, x: float, y: float) -> str:
    """The sign of an outcome, centred at a point."""
    path = _MARKS[css_class]
    return (
        f'<g transform="translate({x:g} {y:g})"><circle class="disc" r="8.5"/>'
        + (f'<path class="mark" d="{path}"/>' if path else "")
        + "</g>"
    )


def _is_taken(edge: Edge, taken: frozenset[tuple[str, str]]) -> bool:
    return (edge.source, edge.target) in taken


def _heading(title: str, subtitle: str, history: History | None, width: float) -> list[str]:
    parts = [f'<text class="name" x="{_MARGIN:g}" y="40">{escape(title)}</text>']
    if subtitle:
        parts.append(f'<text class="soft" x="{_MARGIN:g}" y="61">{escape(subtitle)}</text>')
    if history is None:
        return parts
    used = {outcome_class(visit.state, history) for visit in history.visits} | {"idle"}
    x, y = _MARGIN + 9, 84.0
    for css_class, words in _LEGEND:
        if css_class in used and x < width:
            parts.append(f'<g class="{css_class}">{mark(css_class, x, y)}</g>')
            parts.append(f'<text class="small" x="{x + 14:g}" y="{y + 4:g}">{words}</text>')
            x += 14 + text.width(words, size=11) + 24
    return parts


def _box(box: Box, history: History | None) -> str:
    css_class = outcome_class(box.state.name, history)
    visits = history.of(box.state.name) if history else ()
    title_top = box.y + 21
    lines = "".join(
        f'<text class="title" x="{box.x + layout.TEXT_INSET:g}" y="{title_top + index * layout.LINE_HEIGHT:g}">'
        f"{escape(line)}</text>"
        for index, line in enumerate(box.title)
    )
    below = title_top + len(box.title) * layout.LINE_HEIGHT
    spent = _spent(box, history) if history and visits else ""
    # Where only one of both has room it is the time; the action is in the tooltip too.
    action = "" if spent and _is_full(box, spent) and not _fits_beside_title(box, spent) else box.state.action
    tooltip = "\n".join(filter(None, [box.state.name, box.state.action, *(_told(visit) for visit in visits)]))
    return (
        f'<g class="{css_class}" data-state="{escape(box.state.name)}"><title>{escape(tooltip)}</title>'
        f'<rect class="box" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="8"/>'
        f"{mark(css_class, box.x + 20, box.y + 23 if box.state.inside else box.middle[1])}{lines}"
        f'<text class="small" x="{box.x + layout.TEXT_INSET:g}" y="{below:g}">{escape(action)}</text>'
        + (_time(box, spent, top=title_top, below=below) if spent else "")
        + "</g>"
    )


def _spent(box: Box, history: History) -> str:
    if box.state.kind in ("Choice", "Pass", "Succeed", "Fail"):
        return ""
    visits = len(history.of(box.state.name))
    times = f"{visits} times · " if visits > 1 else ""
    return times + wording.duration(history.time_in(box.state.name))


def _time(box: Box, spent: str, *, top: float, below: float) -> str:
    """The time in the lower right corner, or beside the title where the lower line is full."""
    y = top if _is_full(box, spent) and _fits_beside_title(box, spent) else below
    return f'<text class="time" x="{box.right - 10:g}" y="{y:g}">{spent}</text>'


def _is_full(box: Box, spent: str) -> bool:
    return text.width(box.state.action, size=11) > _room(box, spent)


def _fits_beside_title(box: Box, spent: str) -> bool:
    return text.width(box.title[0], size=layout.TITLE_SIZE, bold=True) <= _room(box, spent)


def _room(box: Box, spent: str) -> float:
    return box.width - layout.TEXT_INSET - 20 - text.width(spent, size=11)


def _told(visit: Any) -> str:
    error = f": {failures.words(visit.error, visit.cause or '')}" if visit.error else ""
    return f"{visit.outcome}{error}"


def _wire(route: Route, *, taken: bool) -> str:
    classes = " ".join(
        filter(None, ["wire", "catch" if not layout.is_main(route.edge) else "", "taken" if taken else ""])
    )
    tooltip = f"<title>{escape(route.edge.detail)}</title>" if route.edge.detail else ""
    tip = "tip taken" if taken else "tip"
    return (
        f'<g>{tooltip}<path class="{classes}" d="{wires.path(route.points)}"/>'
        f'<path class="{tip}" d="{wires.arrow(route.points)}"/></g>'
    )


def _labels(routes: list[Route]) -> list[str]:
    """One word at most between two states: the ways there and back lie on each other."""
    labels: dict[frozenset[str], str] = {}
    for route in routes:
        if label := _label(route):
            labels.setdefault(frozenset((route.edge.source, route.edge.target)), label)
    return list(labels.values())


def _label(route: Route) -> str:
    words = {Kind.OTHERWISE: "otherwise", Kind.CATCH: "caught"}.get(route.edge.kind)
    (x0, y0), (x1, y1) = route.points[0], route.points[1]
    # Lines of the common failure lane are explained by being dashed; a word on each would be noise.
    if words is None or (route.edge.kind is Kind.CATCH and len(route.points) > 2):  # noqa: PLR2004  # a straight line
        return ""
    if y0 == y1:
        if abs(x1 - x0) < text.width(words, size=10) + 8:
            return ""
        anchor, x = ("start", x0 + 8) if x1 > x0 else ("end", x0 - 8)
        return f'<text class="label" text-anchor="{anchor}" x="{x:g}" y="{y0 - 5:g}">{words}</text>'
    return f'<text class="label" x="{x0 + 7:g}" y="{min(y0, y1) + 14:g}">{words}</text>'
