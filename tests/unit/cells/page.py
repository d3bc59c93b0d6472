"""The table of docs/cells.md: ``python -m tests.unit.cells.page`` writes it."""

import math
from pathlib import Path

from tests.unit.cells.kinds import FILES, MISTAKES, NUMBERS, Kind, Table

PAGE = Path(__file__).parents[3] / "docs" / "cells.md"
_BEGIN, _END = "<!-- cells: begin -->\n", "<!-- cells: end -->"
_REFUSED = "refused"


def table() -> str:
    """All kinds, a row each."""
    head = (
        "| kind | example | verdict here | AWS's training | AWS's serving | local serving |\n|---|---|---|---|---|---|"
    )
    return "\n".join([head, *(_row(kind) for kind in (*NUMBERS, *MISTAKES, *FILES))]) + "\n"


def write() -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}", encoding="utf-8")


def _row(kind: Kind) -> str:
    ours = _said(kind, kind.ours, kind.ours)
    cells = [
        f"{kind.name}{f' ({kind.note})' if kind.note else ''}",
        kind.shown,
        ours,
        _said(kind, kind.aws, kind.ours),
        _said(kind, kind.aws_served, kind.ours) if kind.request is not None else "",
        _said(kind, kind.served, kind.ours) if kind.request is not None else "",
    ]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _said(kind: Kind, found: Table, verdict: Table) -> str:
    if found is None:
        return _REFUSED
    if kind in FILES:
        return "read" if verdict is not None or kind.aws is None else _rows(found)
    return _value(found[0][-2])


def _rows(found: list[list[float]]) -> str:
    return "read as " + "; ".join(",".join(_number(value) for value in row) for row in found)


def _value(value: float) -> str:
    return "missing" if math.isnan(value) else f"{value:.6g}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:g}"


if __name__ == "__main__":
    write()
