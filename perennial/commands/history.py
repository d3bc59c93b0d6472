"""``perennial history``: what was tuned, measured, decided and answered; on the screen, as CSV and as a picture."""

import argparse
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from contract.history import Kind
from perennial.account import history_table, records, registry
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands.place import reach
from perennial.errors import OperatorError
from perennial.screen import colours, wording
from perennial.screen.grid import Grid

# Of decisions, people's are shown among the gate's.
KINDS = (Kind.TUNING, Kind.EVALUATION, Kind.DECISION, Kind.TRANSFORM)
Row = Mapping[str, Any]


def _number(value: Any) -> str:
    return "" if value is None else wording.number(float(value))


def _warm_start(row: Row) -> str:
    return str(row["warm_start"]["type"] or "cold start")


def _parents(row: Row) -> str:
    return " ".join(row["warm_start"]["parents"])


def _difference(row: Row) -> str:
    found = row.get("difference")
    if not found:
        return ""
    low, high = found["interval"]
    return f"{_number(found['value'])} ({_number(low)} to {_number(high)})"


def _moment(row: Row) -> str:
    return str(row["recorded_at"])


# What to show of a row, by kind and heading.
_COLUMNS: dict[Kind, dict[str, Callable[[Row], str]]] = {
    Kind.TUNING: {
        "datetime": _moment,
        "tuning_job": lambda row: row["tuning_job"],
        "metric": lambda row: row["metric"],
        "objective": lambda row: _number(row.get("objective")),
        "trial_count": lambda row: str(row["trial_count"]),
        "warm_start": _warm_start,
        "parents": _parents,
        "test_run": lambda row: "yes" if row.get("test_run") else "no",
    },
    Kind.EVALUATION: {
        "datetime": _moment,
        "training_job": lambda row: row["training_job"],
        "eval_metric": lambda row: row["eval_metric"],
        "eval_value": lambda row: _number(row.get("eval_value")),
        "champion": lambda row: registry.number(row["champion"]) if row.get("champion") else "",
        "champion_value": lambda row: _number(row.get("champion_value")),
        "difference": _difference,
    },
    Kind.DECISION: {
        "datetime": _moment,
        "outcome": lambda row: row["outcome"],
        "by": lambda row: row.get("by", "gate"),
        "subject": lambda row: f"version {row['version']}" if "version" in row else row.get("training_job", ""),
        "reason": lambda row: row.get("reason", ""),
    },
    Kind.TRANSFORM: {
        "datetime": _moment,
        "outcome": lambda row: "failed" if "error" in row else "answered",
        "version": lambda row: registry.number(row["version"]) if "version" in row else "",
        "transform_job": lambda row: row.get("transform_job", ""),
        "target": lambda row: row.get("target", ""),
        "reason": lambda row: row.get("reason", ""),
    },
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    kinds = [str(kind) for kind in KINDS]
    parser.add_argument("--kind", choices=kinds, help="all columns of one kind; otherwise one row a candidate")
    parser.add_argument("--csv", action="store_true", help="as CSV")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it as .svg or .png")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    if options.plot:
        plot(aws, stack, model=options.model, file=options.plot)
        console.print(str(options.plot))
    else:
        kind = Kind(options.kind) if options.kind else None
        show(aws, stack, model=options.model, kind=kind, as_csv=options.csv, console=console)


def show(aws: Aws, stack: Stack, *, model: str, kind: Kind | None, as_csv: bool, console: Console) -> None:
    """Show the rows of a model's history, oldest first.

    Args:
        aws: the training account.
        stack: its stack.
        model: whose history.
        kind: one of KINDS; None shows one row a candidate with what was tuned, measured and decided.
        as_csv: for programs, not for people.
        console: where to show it.

    Raises:
        OperatorError: there is no such history yet.
    """
    if kind is None:
        text = history_table.to_csv(_candidates(aws, stack, model))
        heading, *lines = csv.reader(io.StringIO(text))
    else:
        # Rows of the same moment keep the order of their keys.
        rows = list(_rows(aws, stack, kind=kind, model=model))[::-1]
        rows.sort(key=lambda row: datetime.fromisoformat(row["recorded_at"]))
        heading = list(_COLUMNS[kind])
        lines = [[column(row) for column in _COLUMNS[kind].values()] for row in rows]
    if not lines:
        raise OperatorError(f"there is no {kind or 'candidate'} history of {model!r} yet; `status` lists the models")
    if as_csv:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([heading, *lines])
        console.out(out.getvalue(), end="", highlight=False)
        return
    table = Grid(*heading)
    for line in lines:
        table.add_row(*(_shown(name, cell) for name, cell in zip(heading, line, strict=True)))
    console.print(table)


def _rows(aws: Aws, stack: Stack, *, kind: Kind, model: str) -> Iterator[dict[str, Any]]:
    if kind is Kind.DECISION:
        return records.decisions(aws, _table(stack), model=model)
    return records.rows(aws, _table(stack), kind=kind, subject=model)


def _shown(name: str, cell: str) -> str | Text:
    if name in {"objective", "eval_value"}:
        return _number(cell or None)
    return colours.state(cell) if name == "outcome" else cell


def plot(aws: Aws, stack: Stack, *, model: str, file: Path) -> None:
    """Draw what was tuned, measured and decided over time, with the gate of the newest decision.

    Args:
        aws: the training account.
        stack: its stack.
        model: whose history.
        file: SVG or PNG.
    """
    from perennial.drawing import plots  # noqa: PLC0415  # matplotlib, which the tables do without

    decided = list(records.gate_rows(aws, _table(stack), model=model))
    file.parent.mkdir(parents=True, exist_ok=True)
    plots.draw_decisions(decided, model=model, file=file)


def _candidates(aws: Aws, stack: Stack, model: str) -> Sequence[history_table.HistoryRow]:
    return [history_table.from_item(row) for row in records.gate_rows(aws, _table(stack), model=model)]


def _table(stack: Stack) -> str:
    _ = stack.training
    return stack.history_table
