"""States that lead nowhere are found, in every part of a definition."""

from typing import Any

import pytest

from local_cloud.services.step_functions.transitions import problems

END = {"Type": "Pass", "End": True}


def _machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


@pytest.mark.parametrize(
    "machine",
    [
        _machine(A={"Type": "Pass", "Next": "B"}, B=END),
        _machine(A={"Type": "Succeed"}),
        _machine(A={"Type": "Fail"}),
        _machine(A={"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "B"}, B=END),
        _machine(A={"Type": "Task", "End": True, "Catch": [{"Next": "B"}]}, B=END),
        _machine(A={"Type": "Parallel", "End": True, "Branches": [_machine(X=END)]}),
        _machine(A={"Type": "Map", "End": True, "ItemProcessor": _machine(X=END)}),
    ],
)
def test_what_leads_somewhere_is_right(machine: dict[str, Any]) -> None:
    assert not list(problems(machine))


@pytest.mark.parametrize(
    ("machine", "place"),
    [
        ({"StartAt": "X", "States": {"A": END}}, "target: X at /StartAt"),
        (_machine(A={"Type": "Pass", "Next": "X"}), "target: X at /States/A/Next"),
        (_machine(A={"Type": "Pass"}), "'Next' or 'End' is required at /States/A"),
        (_machine(A={"Type": "Choice", "Choices": [{"Next": "X"}]}), "target: X at /States/A/Choices[0]/Next"),
        (_machine(A={"Type": "Choice", "Choices": [], "Default": "X"}), "target: X at /States/A/Default"),
        (_machine(A={"Type": "Task", "End": True, "Catch": [{"Next": "X"}]}), "target: X at /States/A/Catch[0]/Next"),
        (
            # a branch sees its own states only
            _machine(
                A={"Type": "Parallel", "Next": "B", "Branches": [_machine(X={"Type": "Pass", "Next": "B"})]}, B=END
            ),
            "target: B at /States/A/Branches[0]/States/X/Next",
        ),
        (
            _machine(A={"Type": "Map", "End": True, "Iterator": _machine(X={"Type": "Wait"})}),
            "'Next' or 'End' is required at /States/A/Iterator/States/X",
        ),
    ],
)
def test_what_leads_nowhere_is_found(machine: dict[str, Any], place: str) -> None:
    (found,) = problems(machine)
    assert found.endswith(place)
