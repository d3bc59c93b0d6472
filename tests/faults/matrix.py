"""The matrix as a table, and its place in docs/fault-matrix.md."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.faults import cells
from tests.faults.cells import FAULTS, Cell
from tests.faults.outcome import ABORTED, FAILED, RETRIED, UNDISTURBED, Outcome

DOCS = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
LETTERS = {RETRIED: "R", UNDISTURBED: "U", FAILED: "F", ABORTED: "A"}
NOT_APPLICABLE = "-"
_ROW = re.compile(r"^\| (?P<state>[^|]+) \|(?P<cells>.*)\|$")


def applicable(workflow: str, definition: Mapping[str, Any]) -> set[Cell]:
    """Cells of a workflow that must be taken."""
    return {cell for cell, reason in cells.derive(workflow, definition) if reason is None}


def table(workflow: str, definition: Mapping[str, Any], outcomes: Mapping[Cell, Outcome]) -> str:
    """A row a state, a column a fault; a cell that did not end as it may shows an exclamation mark."""
    lines = [f"| state | {' | '.join(FAULTS)} |", f"|---|{'---|' * len(FAULTS)}"]
    reasons: dict[str, list[str]] = {}
    for state in cells.tasks(definition):
        row = []
        for cell, reason in cells.derive(workflow, definition):
            if cell.state != state:
                continue
            if reason is not None:
                row.append(NOT_APPLICABLE)
                reasons.setdefault(f"{cell.fault}: {reason}", []).append(state)
                continue
            found = outcomes.get(cell)
            row.append("?" if found is None else f"{LETTERS[found.text]}{'!' if found.problems else ''}")
        lines.append(f"| {state} | {' | '.join(row)} |")
    lines += ["", "Not applicable:", ""]
    lines += [f"- {reason}: {_listed(states, definition)}." for reason, states in sorted(reasons.items())]
    return "\n".join(lines)


def write(workflow: str, text: str) -> None:
    """Put a workflow's table into the docs."""
    content = DOCS.read_text(encoding="utf-8")
    start, end = (f"<!-- {workflow}: {word} -->" for word in ("begin", "end"))
    before, _, rest = content.partition(start)
    _, _, after = rest.partition(end)
    DOCS.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")


def documented(workflow: str) -> dict[tuple[str, str], str]:
    """Letters of the docs' table by state and fault."""
    content = DOCS.read_text(encoding="utf-8")
    part = content.partition(f"<!-- {workflow}: begin -->")[2].partition(f"<!-- {workflow}: end -->")[0]
    found: dict[tuple[str, str], str] = {}
    for line in part.splitlines()[2:]:
        match = _ROW.match(line)
        if match is not None:
            letters = [item.strip() for item in match["cells"].split("|")]
            found |= {(match["state"], fault): letter for fault, letter in zip(FAULTS, letters, strict=True)}
    return found


def _listed(states: list[str], definition: Mapping[str, Any]) -> str:
    rest = [state for state in cells.tasks(definition) if state not in states]
    return f"all but {', '.join(rest)}" if rest and len(rest) < len(states) else ", ".join(states) if rest else "all"
