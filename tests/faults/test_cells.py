"""The docs show every cell of the matrix, and no cell of a state that is gone."""

from typing import Any

import pytest

from tests.faults import cells, matrix, routes
from tests.faults.cells import FAULTS
from tests.unit.mlops_constructs import machine

pytestmark = pytest.mark.security("faults")

MACHINES: dict[str, dict[str, Any]] = {
    "retraining": machine.retraining(),
    "deployment": machine.deployment(autoscaling=machine.SCALE),
}
ROUTES = {"retraining": routes.RETRAINING, "deployment": routes.DEPLOYMENT}
_EACH = pytest.mark.parametrize("workflow", cells.WORKFLOWS)


@_EACH
def test_every_task_is_on_one_route(workflow: str) -> None:
    covered = sorted(state for route in ROUTES[workflow] for state in route.covers)
    assert covered == sorted(cells.tasks(MACHINES[workflow]))


@_EACH
def test_every_task_has_a_cell_for_every_fault(workflow: str) -> None:
    derived = [cell for cell, _ in cells.derive(workflow, MACHINES[workflow])]
    assert len(derived) == len(set(derived)) == len(cells.tasks(MACHINES[workflow])) * len(FAULTS)


@_EACH
def test_the_docs_show_the_cells_that_there_are(workflow: str) -> None:
    expected = {(cell.state, cell.fault): reason for cell, reason in cells.derive(workflow, MACHINES[workflow])}
    shown = matrix.documented(workflow)
    assert set(shown) == set(expected), "docs/fault-matrix.md is stale; run `make faults`"
    for place, letter in shown.items():
        allowed = {matrix.NOT_APPLICABLE} if expected[place] else set(matrix.LETTERS.values())
        assert letter in allowed, f"{place} is {letter}; run `make faults`"
