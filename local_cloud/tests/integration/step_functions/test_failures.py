"""Names and causes of failures are AWS's.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html; sentences of causes are those that
LocalStack recorded on AWS (github.com/localstack/localstack, tests/aws/services/stepfunctions/v2).
"""

import itertools
import json
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import make_role

SUCCEED = {"Type": "Succeed"}
INNER = {"StartAt": "I", "States": {"I": SUCCEED}}
NAMES = (f"failure-{number}" for number in itertools.count())
PLACE = "An error occurred while executing the state 'A' (entered at the event id #2). "


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return make_role(cloud, "failing", [], trust={"Service": "states.amazonaws.com"})


def _failed(cloud: RunningCloud, role: str, state: dict[str, Any], given: Any, **more: Any) -> tuple[str, str]:
    states = {"A": {**state, **({} if state["Type"] in {"Choice", "Fail"} else {"End": True})}, "B": SUCCEED}
    execution, history = machines.run(cloud, role, next(NAMES), states, given, **more)
    assert execution["status"] == "FAILED", execution
    told = history[-1]["executionFailedEventDetails"]
    assert told == {"error": execution["error"], "cause": execution["cause"]}
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    return execution["error"], execution["cause"].removeprefix(PLACE)


@pytest.mark.parametrize(
    ("state", "given", "error", "cause"),
    [
        (
            {"Type": "Pass", "Parameters": {"v.$": "$.no"}},
            {"a": 1},
            "States.Runtime",
            "The JSONPath '$.no' specified for the field 'v.$' could not be found in the input '{\"a\":1}'",
        ),
        (
            {"Type": "Pass", "InputPath": "$.no.such"},
            {},
            "States.Runtime",
            "Invalid path '$.no.such' : Missing property in path $['no']",
        ),
        (
            {"Type": "Pass", "OutputPath": "$.no"},
            {},
            "States.Runtime",
            "Invalid path '$.no' : No results for path: $['no']",
        ),
        (
            {"Type": "Map", "ItemsPath": "$.a", "ItemProcessor": INNER},
            {"a": 1},
            "States.Runtime",
            'Reference path "$.a" must point to array.',
        ),
        (
            {"Type": "Map", "ItemsPath": "$.no", "ItemProcessor": INNER},
            {"a": 1},
            "States.ReferencePathConflict",
            'Unable to apply step "no" to input {"a":1}',
        ),
        (
            {"Type": "Pass", "Result": 1, "ResultPath": "$.a.b"},
            {"a": 1},
            "States.ResultPathMatchFailure",
            'Unable to apply step "b" to input 1',
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 2, "Next": "B"}]},
            {"a": 1},
            "States.NoChoiceMatched",
            "Failed to transition out of the state. The state does not point to a next state.",
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.no", "NumericEquals": 2, "Next": "B"}], "Default": "B"},
            {},
            "States.Runtime",
            "Invalid path '$.no': The choice state's condition path references an invalid value.",
        ),
        (
            {"Type": "Pass", "Parameters": {"v.$": "States.ArrayGetItem($.a, 1)"}},
            {"a": [0]},
            "States.IntrinsicFailure",
            (
                "The intrinsic function 'States.ArrayGetItem($.a, 1)' could not be evaluated: the index must be from 0 to"
                " 0, got 1."
            ),
        ),
        (
            {"Type": "Fail", "CausePath": "$.no"},
            {"a": 1},
            "States.Runtime",
            "The JSONPath '$.no' specified for the field 'CausePath' could not be found in the input '{\"a\":1}'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("States.") else "",
)
def test_paths_and_functions_fail_by_aws_names(
    cloud: RunningCloud, role: str, state: dict[str, Any], given: Any, error: str, cause: str
) -> None:
    assert _failed(cloud, role, state, given, **machines.JSONPATH) == (error, cause)


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (
            {"Type": "Pass", "Output": {"v": "{% $error('boom') %}"}},
            (
                "The JSONata expression '$error('boom')' specified for the field 'Output/v' threw an error during"
                " evaluation. D3137: boom"
            ),
        ),
        (
            {"Type": "Pass", "Assign": {"v": "{% $assert(false, 'no') %}"}},
            (
                "The JSONata expression '$assert(false, 'no')' specified for the field 'Assign/v' threw an error during"
                " evaluation. D3141: no"
            ),
        ),
        (
            {"Type": "Pass", "Output": "{% $states.input.no %}"},
            "The JSONata expression '$states.input.no' specified for the field 'Output' returned nothing (undefined).",
        ),
        (
            {"Type": "Pass", "Output": "{% function($x) { $x } %}"},
            (
                "The JSONata expression 'function($x) { $x }' specified for the field 'Output' returned an unsupported"
                " result type."
            ),
        ),
        (
            {"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "B"}]},
            (
                "The JSONata expression '1' specified for the field 'Choices[0]/Condition' returned an unexpected result"
                " type. Expected 'boolean', but was 'number' for value: 1"
            ),
        ),
        (
            {"Type": "Map", "Items": "{% 'text' %}", "ItemProcessor": INNER},
            (
                "The JSONata expression ''text'' specified for the field 'Items' returned an unexpected result type."
                " Expected 'array', but was 'string' for value: \"text\""
            ),
        ),
        ({"Type": "Map", "ItemProcessor": INNER}, 'Map state input must be an array but was: {"a":1}'),
        (
            {"Type": "Wait", "Seconds": "{% 'text' %}"},
            (
                "The JSONata expression ''text'' specified for the field 'Seconds' returned an unexpected result type."
                " Expected 'integer', but was 'string' for value: \"text\""
            ),
        ),
    ],
    ids=lambda value: value["Type"] if isinstance(value, dict) else "",
)
def test_expressions_fail_as_query_evaluation_errors(
    cloud: RunningCloud, role: str, state: dict[str, Any], cause: str
) -> None:
    assert _failed(cloud, role, state, {"a": 1}) == ("States.QueryEvaluationError", cause)


def test_an_expression_that_fails_is_an_event_once_and_can_be_caught(cloud: RunningCloud, role: str) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Arguments": {"TableName": "{% $error('boom') %}"},
        "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}],
        "End": True,
    }
    execution, history = machines.run(cloud, role, next(NAMES), {"A": task, "B": SUCCEED})
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    told = [event["evaluationFailedEventDetails"] for event in history if event["type"] == "EvaluationFailed"]
    assert [(one["state"], one["location"]) for one in told] == [("A", "Arguments/TableName")]
    assert "TaskFailed" not in {event["type"] for event in history}


def test_nothing_catches_a_runtime_error(cloud: RunningCloud, role: str) -> None:
    # "A retry or catch on States.ALL won't catch States.Runtime errors."
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "InputPath": "$.no", "End": True}}}
    parallel = {
        "Type": "Parallel",
        "Branches": [inner],
        "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
        "End": True,
    }
    states = {"A": parallel, "B": SUCCEED}
    execution, _ = machines.run(cloud, role, next(NAMES), states, **machines.JSONPATH)
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")


@pytest.mark.parametrize(
    ("value", "given", "result"),
    [
        ("$$.Map.Item.Value.v[0].n", {"v": [{"n": "first"}]}, "first"),
        ("$.items[?(@.a>5)]", {"a": 1}, []),
        (r"States.Format('it\'s {}, \{not\} \\', $$.Map.Item.Value.x)", {"x": "fine"}, r"it's fine, {not} \\"[:-1]),
        (r"States.StringToJson(States.Format('\{\"id\": {}\}', 5))".replace('\\"', '"'), {}, {"id": 5}),
        ("States.Array('a', null, true, 1.5)", {}, ["a", None, True, 1.5]),
    ],
)
def test_fields_of_templates_have_the_values_of_aws(
    cloud: RunningCloud, role: str, value: str, given: Any, result: Any
) -> None:
    state = {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": {"v.$": value}, "ItemProcessor": INNER, "End": True}
    execution, _ = machines.run(cloud, role, next(NAMES), {"A": state}, {"items": [given]}, **machines.JSONPATH)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == [{"v": result}]


def test_an_inline_map_takes_more_items_than_python_calls(cloud: RunningCloud, role: str) -> None:
    state = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": INNER, "End": True}
    machine = machines.create(cloud, role, next(NAMES), {"A": state}, **machines.JSONPATH)
    execution = machines.ended(cloud, machines.start(cloud, machine, [0] * 1010))
    assert json.loads(execution["output"]) == [0] * 1010
