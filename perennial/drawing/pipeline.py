"""An execution of the promotion pipeline as SVG: its stages as columns, with the way that it took."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from perennial.account.promotion import ActionRun, Progress, Promotion, StageRun
from perennial.drawing import diagram, text, wires
from perennial.drawing.layout import Point
from perennial.screen import wording

_MARGIN = 28.0
_HEAD = 84.0
_COLUMN = 262.0
_BETWEEN = 34.0
_TITLE = 38.0
_BOX = 52.0
_GAP = 20.0
_PADDING = 12.0
_INSET = 36.0
_TITLE_SIZE = 13.0
_REVISION_DIGITS = 8
_CLASSES = {
    Progress.NOT_REACHED: "idle",
    Progress.RUNNING: "running",
    Progress.SUCCEEDED: "succeeded",
    Progress.FAILED: "failed",
}


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """An action and its box's upper left corner."""

    action: ActionRun
    x: float
    y: float

    @property
    def top(self) -> Point:
        return self.x + (_COLUMN - 2 * _PADDING) / 2, self.y

    @property
    def bottom(self) -> Point:
        return self.top[0], self.y + _BOX


def svg(promotion: Promotion) -> str:
    """Draw one execution.

    Returns:
        A self-contained SVG document, readable on light and dark.
    """
    columns = [_column(stage, _MARGIN + index * (_COLUMN + _BETWEEN)) for index, stage in enumerate(promotion.stages)]
    most = max(len(column) for column in columns)
    width = 2 * _MARGIN + len(columns) * _COLUMN + (len(columns) - 1) * _BETWEEN
    height = _HEAD + _TITLE + most * _BOX + (most - 1) * _GAP + _PADDING + _MARGIN
    label = escape(promotion.pipeline)
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sm" role="img" aria-label="{label}" {size}>',
        f"<style>{diagram.STYLE}</style>",
        f'<rect class="paper" x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="12"/>',
        *_heading(promotion),
    ]
    for stage, column in zip(promotion.stages, columns, strict=True):
        parts += _stage(stage, column)
    parts += [_wire(_side(left), _side(right), right) for left, right in pairwise(columns)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _column(stage: StageRun, x: float) -> list[_Placed]:
    top = _HEAD + _TITLE
    return [
        _Placed(action=action, x=x + _PADDING, y=top + index * (_BOX + _GAP))
        for index, action in enumerate(stage.actions)
    ]


def _heading(promotion: Promotion) -> Iterator[str]:
    yield f'<text class="name" x="{_MARGIN:g}" y="40">{escape(f"{promotion.pipeline}: {promotion.status}")}</text>'
    told = " · ".join(filter(None, [promotion.revision[:_REVISION_DIGITS], promotion.message.partition("\n")[0]]))
    yield f'<text class="soft" x="{_MARGIN:g}" y="61">{escape(told)}</text>'


def _stage(stage: StageRun, column: list[_Placed]) -> Iterator[str]:
    x, y = column[0].x - _PADDING, _HEAD
    height = _TITLE + len(column) * _BOX + (len(column) - 1) * _GAP + _PADDING
    kind = _CLASSES[stage.progress]
    yield (
        f'<g class="{kind}" data-stage="{escape(stage.name)}">'
        f'<rect class="box" x="{x:g}" y="{y:g}" width="{_COLUMN:g}" height="{height:g}" rx="10"/>'
        f"{diagram.mark(kind, x + 20, y + 20)}"
        f'<text class="title" x="{x + _INSET:g}" y="{y + 24:g}">{escape(stage.name)}</text></g>'
    )
    for above, below in pairwise(column):
        # Side by side, there is no way from one to the other.
        if above.action.run_order != below.action.run_order:
            yield _wire(above.bottom, below.top, [below])
    for placed in column:
        yield _action(placed)


def _action(placed: _Placed) -> str:
    action, x, y = placed.action, placed.x, placed.y
    kind, width = _CLASSES[action.progress], _COLUMN - 2 * _PADDING
    (title, *_) = text.wrap(action.name, width=width - _INSET - 8, size=_TITLE_SIZE)
    tooltip = "\n".join(filter(None, [action.name, action.provider, str(action.progress), action.summary]))
    return (
        f'<g class="{kind}" data-action="{escape(action.name)}"><title>{escape(tooltip)}</title>'
        f'<rect class="box" x="{x:g}" y="{y:g}" width="{width:g}" height="{_BOX:g}" rx="8"/>'
        f"{diagram.mark(kind, x + 18, y + _BOX / 2)}"
        f'<text class="title" x="{x + _INSET:g}" y="{y + 22:g}">{escape(title)}</text>'
        f'<text class="small" x="{x + _INSET:g}" y="{y + 39:g}">{escape(action.provider)}</text>'
        f'<text class="time" x="{x + width - 10:g}" y="{y + 39:g}">{_spent(action)}</text></g>'
    )


def _spent(action: ActionRun) -> str:
    if action.started_at is None or action.ended_at is None:
        return ""
    return wording.duration(action.ended_at - action.started_at)


def _side(column: list[_Placed]) -> Point:
    """Where the line between two stages meets one: beside its title."""
    return column[0].x - _PADDING, _HEAD + _TITLE / 2


def _wire(start: Point, end: Point, towards: list[_Placed]) -> str:
    if start[1] == end[1]:
        start = (start[0] + _COLUMN, start[1])
    taken = any(placed.action.progress is not Progress.NOT_REACHED for placed in towards)
    way = " taken" if taken else ""
    return (
        f'<g><path class="wire{way}" d="{wires.path((start, end))}"/>'
        f'<path class="tip{way}" d="{wires.arrow((start, end))}"/></g>'
    )
