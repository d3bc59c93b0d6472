from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from perennial.account import history
from perennial.drawing import diagram, flow, layout, placement, text
from perennial.drawing.flow import Flow
from perennial.drawing.layout import Box, Drawing, Point
from tests.unit.perennial import definitions
from tests.unit.perennial.events import Events

SHAPES = pytest.mark.parametrize(
    "definition",
    [definitions.retraining(), definitions.deployment(), definitions.nested(), definitions.tangled()],
    ids=["retraining", "deployment", "nested", "tangled"],
)


def _all_states(graph: Flow) -> set[str]:
    return set(graph.states) | {
        name for state in graph.states.values() for child in state.inside for name in _all_states(child)
    }


def _edges(graph: Flow) -> set[tuple[str, str]]:
    own = {(edge.source, edge.target) for edge in graph.edges}
    return own | {pair for state in graph.states.values() for child in state.inside for pair in _edges(child)}


def _inside(outer: Box, inner: Box) -> bool:
    return outer.x < inner.x and inner.right < outer.right and outer.y < inner.y and inner.bottom < outer.bottom


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def _crosses(box: Box, start: Point, end: Point) -> bool:
    """Whether an axis-parallel segment runs through a box; touching its rim does not count."""
    low_x, high_x = sorted((start[0], end[0]))
    low_y, high_y = sorted((start[1], end[1]))
    return low_x < box.right and high_x > box.x and low_y < box.bottom and high_y > box.y


@SHAPES
def test_every_state_has_its_box_and_every_edge_its_line(definition: dict[str, Any]) -> None:
    graph = flow.parse(definition)
    drawing = layout.draw(graph)
    assert sorted(box.state.name for box in drawing.boxes) == sorted(_all_states(graph))
    assert {(route.edge.source, route.edge.target) for route in drawing.routes} == _edges(graph)


@SHAPES
def test_boxes_do_not_overlap(definition: dict[str, Any]) -> None:
    drawing = layout.draw(flow.parse(definition))
    for a, b in combinations(drawing.boxes, 2):
        assert not _overlap(a, b) or _inside(a, b) or _inside(b, a), (a.state.name, b.state.name)


@SHAPES
def test_everything_is_on_the_paper(definition: dict[str, Any]) -> None:
    drawing = layout.draw(flow.parse(definition))
    points = [point for route in drawing.routes for point in route.points]
    points += [corner for box in drawing.boxes for corner in ((box.x, box.y), (box.right, box.bottom))]
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)


@SHAPES
def test_no_line_runs_through_a_box(definition: dict[str, Any]) -> None:
    drawing = layout.draw(flow.parse(definition))
    for route in drawing.routes:
        around = _containers_of(drawing, route.edge.source)
        for start, end in pairwise(route.points):
            assert start[0] == pytest.approx(end[0]) or start[1] == pytest.approx(end[1])
            for box in drawing.boxes:
                if box.state.name not in around:
                    assert not _crosses(box, start, end), (route.edge, box.state.name)


def _containers_of(drawing: Drawing, name: str) -> set[str]:
    (own,) = (box for box in drawing.boxes if box.state.name == name)
    return {box.state.name for box in drawing.boxes if _inside(box, own)}


@SHAPES
def test_titles_fit_their_boxes(definition: dict[str, Any]) -> None:
    for box in layout.draw(flow.parse(definition)).boxes:
        for line in box.title:
            assert layout.TEXT_INSET + text.width(line, size=layout.TITLE_SIZE, bold=True) <= box.width
        assert layout.TEXT_INSET + text.width(box.state.action, size=11) <= box.width


def test_the_way_to_success_is_one_straight_line() -> None:
    placed = placement.place(flow.parse(definitions.retraining()))
    assert placed.spine[0] == "Identify Run"
    assert placed.spine[-1] == "Model Saved"
    assert {placed.cells[name].column for name in placed.spine} == {0}
    assert [placed.cells[name].row for name in placed.spine] == list(range(len(placed.spine)))


def test_failures_lie_left_and_other_successes_right() -> None:
    placed = placement.place(flow.parse(definitions.retraining()))
    assert placed.hub == "Notify Failure"
    assert all(placed.cells[name].column < 0 for name in ("Explain Gate", "Notify Failure"))
    assert all(placed.cells[name].column > 0 for name in ("Already Running", "Nothing New", "Test Run Done"))


def test_a_transition_to_nowhere_is_an_error() -> None:
    broken = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    with pytest.raises(ValueError, match="state 'A' goes to 'B'"):
        flow.parse(broken)


def test_names_are_escaped_and_the_picture_is_well_formed() -> None:
    name = '<script>"&'
    svg = diagram.svg({"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}, title=name)
    root = ET.fromstring(svg)  # noqa: S314  # made two lines above
    assert "<script>" not in svg
    assert any(element.text == name for element in root.iter() if element.tag.endswith("text"))


def test_a_way_there_and_back_is_labelled_once() -> None:
    def task(following: str, caught: str) -> dict[str, Any]:
        catch = [{"ErrorEquals": ["States.ALL"], "Next": caught}]
        return {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": following, "Catch": catch}

    svg = diagram.svg(
        {
            "StartAt": "A",
            "States": {"A": task("Done", "B"), "B": task("Done", "A"), "Done": {"Type": "Succeed"}},
        },
        title="there and back",
    )
    assert svg.count(">caught</text>") == 1


def test_an_action_that_is_too_long_for_its_box_is_told_without_its_service() -> None:
    resource = "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"
    graph = flow.parse({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True}}})
    assert graph.states["A"].action == "createHyperParameterTuningJob"


def test_a_long_running_state_tells_its_time_even_where_its_action_has_no_room() -> None:
    name, call = "Hyperparameter Tuning", "createHyperParameterTuningJob"
    resource = f"arn:aws:states:::sagemaker:{call}.sync"
    events = Events()
    events.task(name, seconds=100)
    events.add("ExecutionSucceeded")
    svg = diagram.svg(
        {"StartAt": name, "States": {name: {"Type": "Task", "Resource": resource, "End": True}}},
        title="tuning",
        history=history.parse(events.events),
    )
    assert ">1 min 41 s</text>" in svg
    assert f">{call}</text>" not in svg
    assert f"\n{call}" in svg
