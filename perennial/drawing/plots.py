"""The history of a model as a picture: what was measured, when, against which gate, and what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from perennial.account.history_table import Decision, HistoryRow, from_item
from perennial.errors import OperatorError
from perennial.screen.wording import number

_FORMATS = ("svg", "png")
_WIDTH_INCHES = 9.0
_PANEL_INCHES = 2.8
_DOTS_PER_INCH = 150
# Beside the first and the last point; a lone one has half an hour on either side.
_PAD_SHARE, _PAD_DAYS = 0.06, 0.5 / 24
# Okabe and Ito's colours stay apart for the colour-blind; form and filling tell the same without any colour.
_LINE, _GATE = "#7f8b97", "#000000"
_MARKS: dict[Decision, dict[str, Any]] = {
    Decision.ACCEPTED: {"marker": "o", "markersize": 7, "color": "#0072b2", "markerfacecolor": "#0072b2"},
    Decision.REJECTED: {"marker": "X", "markersize": 8, "color": "#d55e00", "markerfacecolor": "white"},
}


class PlotError(OperatorError):
    """The history cannot be drawn."""


@dataclass(frozen=True, kw_only=True)
class _Panel:
    title: str
    key: str
    rows: tuple[HistoryRow, ...]
    values: tuple[float | None, ...]
    threshold: float | None = None
    shows_trials: bool = False


def draw_decisions(items: Sequence[Mapping[str, Any]], *, model: str, file: Path) -> None:
    """Draw what the gate decided, with the threshold of its newest decision.

    Args:
        items: of the history table, newest first.
        model: for the title.
        file: SVG or PNG.
    """
    newest = items[0]["threshold"] if items else None
    draw([from_item(item) for item in items], model=model, threshold=newest, file=file)


def draw(rows: Sequence[HistoryRow], *, model: str, threshold: float | None, file: Path) -> None:
    """Draw a model's history: one panel for each evaluation metric, and one for each objective of its tuning jobs.

    Args:
        rows: in any order.
        model: its name.
        threshold: the gate of the newest row's evaluation metric, None to draw none.
        file: where to write; its suffix chooses SVG or PNG.

    Raises:
        PlotError: there is nothing to draw, or the suffix is another one.
    """
    kind = file.suffix.removeprefix(".").lower()
    if kind not in _FORMATS:
        raise PlotError(f"{file.name} must end with .{' or .'.join(_FORMATS)}")
    if not rows:
        raise PlotError(f"there is no history of {model} yet, retrain it first")
    panels = _panels(sorted(rows, key=lambda row: row.recorded_at), threshold)
    # Text stays text, and the same history gives the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "perennial"}):
        figure = Figure(figsize=(_WIDTH_INCHES, 0.8 + _PANEL_INCHES * len(panels)), layout="constrained")
        figure.suptitle(model)
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axis, panel in zip(axes, panels, strict=True):
            _draw_panel(axis, panel)
        _label_time(axes[-1], rows)
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(file, format=kind, dpi=_DOTS_PER_INCH, metadata=metadata)


def _panels(rows: Sequence[HistoryRow], threshold: float | None) -> list[_Panel]:
    current = rows[-1].eval_metric
    panels = []
    for metric in dict.fromkeys([current, *(row.eval_metric for row in reversed(rows))]):
        chosen = tuple(row for row in rows if row.eval_metric == metric)
        panels.append(
            _Panel(
                title=f"held-out {metric}",
                key=f"held-out-{metric}",
                rows=chosen,
                values=tuple(row.eval_value for row in chosen),
                threshold=threshold if metric == current else None,
            )
        )
    tuned = [row for row in rows if row.objective is not None]
    for name in dict.fromkeys(row.metric for row in reversed(tuned)):
        chosen = tuple(row for row in tuned if row.metric == name)
        panels.append(
            _Panel(
                title=f"best trial: {name or 'objective'}",
                key=f"best-{name or 'objective'}",
                rows=chosen,
                values=tuple(row.objective for row in chosen),
                shows_trials=True,
            )
        )
    return panels


def _draw_panel(axis: Axes, panel: _Panel) -> None:
    axis.set_title(panel.title, loc="left", fontsize="medium")
    axis.grid(visible=True, axis="y", alpha=0.3)
    axis.margins(y=0.18)
    axis.spines[["top", "right"]].set_visible(False)
    pairs = list(zip(panel.rows, panel.values, strict=True))
    measured = [(row, value) for row, value in pairs if value is not None]
    axis.plot([_x(row) for row, _ in measured], [value for _, value in measured], color=_LINE)
    handles = []
    if panel.threshold is not None:
        gate = axis.axhline(panel.threshold, color=_GATE, linestyle="--", label=f"gate {number(panel.threshold)}")
        gate.set_gid(f"{panel.key}-gate")
        handles.append(gate)
    for decision, mark in _MARKS.items():
        points = [(_x(row), value) for row, value in measured if row.outcome is decision]
        if points:
            (line,) = axis.plot(*zip(*points, strict=True), linestyle="none", label=str(decision), **mark)
            line.set_gid(f"{panel.key}-{decision}")
            handles.append(line)
    missing = [_x(row) for row, value in pairs if value is None]
    if missing:
        # At the foot of the panel: it has no height.
        foot = axis.get_xaxis_transform()
        handles += axis.plot(missing, [0.04] * len(missing), "|", color=_GATE, transform=foot, label="not measured")
    if panel.shows_trials:
        _tell_trials(axis, measured)
    axis.legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def _tell_trials(axis: Axes, measured: Sequence[tuple[HistoryRow, float]]) -> None:
    for row, value in measured:
        if row.trial_count is not None:
            axis.annotate(
                f"{row.trial_count} trial{'s' if row.trial_count != 1 else ''}",
                (_x(row), value),
                (0, 9),
                textcoords="offset points",
                ha="center",
                fontsize="x-small",
            )


def _x(row: HistoryRow) -> float:
    return float(date2num(row.recorded_at))  # type: ignore[no-untyped-call]  # as below


def _label_time(axis: Axes, rows: Sequence[HistoryRow]) -> None:
    moments = [_x(row) for row in rows]
    pad = max(_PAD_SHARE * (max(moments) - min(moments)), _PAD_DAYS)
    axis.set_xlim(min(moments) - pad, max(moments) + pad)
    # matplotlib has no types for its dates.
    locator = AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))  # type: ignore[no-untyped-call]
    axis.set_xlabel("UTC")
