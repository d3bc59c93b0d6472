"""No cause of a failure is in Python's words, whatever a state is given."""

import itertools
import json
import re
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import make_role

SUCCEED = {"Type": "Succeed"}
INNER = {"StartAt": "I", "States": {"I": SUCCEED}}
NAMES = (f"cause-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return make_role(cloud, "failing", [], trust={"Service": "states.amazonaws.com"})


PYTHON = re.compile(
    r"<class|object at 0x|Traceback|\w+(Error|Exception)\b|list index|subscriptable|attribute|NoneType|operand type"
    r"|\bNone\b|\bTrue\b|iterable\b(?<!non-iterable)|moto|fault of its own"
)
INPUTS = [None, 5, -1.5, "text", True, [], [1], {}, {"x": None}, {"x": "y"}, {"x": [1]}, {"x": {"x": 1}}]
FUNCTIONS = ("ArrayLength", "ArrayUnique", "Base64Encode", "Base64Decode", "StringToJson", "JsonToString")
PAIRS = ("ArrayPartition", "ArrayContains", "ArrayGetItem", "Hash", "MathRandom", "MathAdd", "StringSplit", "Format")
COMPARISONS = (
    "StringEquals",
    "NumericLessThan",
    "BooleanEquals",
    "TimestampGreaterThan",
    "StringMatches",
    "IsString",
    "IsNull",
)
EXPRESSIONS = [
    *(
        f"${name}($states.input.x)"
        for name in ("sum", "length", "number", "keys", "sort", "toMillis", "parse", "hash", "fromMillis")
    ),
    "$states.input.x + 1",
    "$states.input.x < 'a'",
    "$states.input.x[0].x.x",
    "$map($states.input.x, $uppercase)",
    "$partition($states.input.x, $states.input)",
    "$range($states.input.x, 5, 1)",
    "$replace($states.input.x, 'y', 5)",
]


def _choice(**rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{**rule, "Next": "S"}], "Default": "S"}


STATES: dict[str, list[dict[str, Any]]] = {
    "JSONPath": [
        *({"Type": "Pass", "Parameters": {"v.$": f"States.{name}($.x)"}, "End": True} for name in FUNCTIONS),
        *({"Type": "Pass", "Parameters": {"v.$": f"States.{name}($.x, $)"}, "End": True} for name in PAIRS),
        {"Type": "Pass", "Parameters": {"v.$": "States.ArrayRange($.x, 5, 1)"}, "End": True},
        {"Type": "Pass", "Parameters": {"v.$": "States.JsonMerge($.x, $, false)"}, "End": True},
        {"Type": "Pass", "InputPath": "$.x.x[0]", "End": True},
        {"Type": "Pass", "OutputPath": "$.x[0].x", "End": True},
        {"Type": "Pass", "Result": 1, "ResultPath": "$.x.x", "End": True},
        {"Type": "Pass", "Result": 1, "ResultPath": "$.x[0]", "End": True},
        {"Type": "Pass", "Assign": {"v.$": "$.x.x"}, "End": True},
        {"Type": "Wait", "SecondsPath": "$.x", "Next": "S"},
        {"Type": "Wait", "TimestampPath": "$.x", "Next": "S"},
        {"Type": "Fail", "ErrorPath": "$.x", "CausePath": "$.x"},
        {"Type": "Map", "ItemsPath": "$.x", "ItemProcessor": INNER, "End": True},
        {"Type": "Map", "ItemsPath": "$.x", "MaxConcurrencyPath": "$", "ItemProcessor": INNER, "End": True},
        {"Type": "Map", "ItemsPath": "$.x", "ItemSelector": {"v.$": "$.x.x"}, "ItemProcessor": INNER, "End": True},
        {"Type": "Parallel", "Branches": [INNER], "ResultSelector": {"v.$": "$[0].x.x"}, "End": True},
        *(
            _choice(Variable="$.x", **{f"{name}Path": "$"})
            for name in COMPARISONS
            if not name.startswith(("Is", "StringM"))
        ),
        *(_choice(Variable="$.x", **{name: True}) for name in COMPARISONS if name.startswith("Is")),
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "Parameters": {"TableName.$": "$.x", "Key.$": "$"},
            "TimeoutSecondsPath": "$.x",
            "End": True,
        },
        {
            "Type": "Task",
            "Resource": "arn:aws:states:us-east-1:111111111111:function:none".replace(":states:", ":lambda:"),
            "ResultSelector": {"v.$": "$.x"},
            "End": True,
        },
    ],
    "JSONata": [
        *({"Type": "Pass", "Output": {"v": f"{{% {text} %}}"}, "End": True} for text in EXPRESSIONS),
        {"Type": "Pass", "Assign": {"v": "{% $states.input.x.x %}"}, "Output": "{% $v %}", "End": True},
        {"Type": "Wait", "Seconds": "{% $states.input.x %}", "Next": "S"},
        {"Type": "Wait", "Timestamp": "{% $states.input.x %}", "Next": "S"},
        {"Type": "Fail", "Error": "{% $states.input.x %}", "Cause": "{% $states.input %}"},
        _choice(Condition="{% $states.input.x %}"),
        {"Type": "Map", "Items": "{% $states.input.x %}", "ItemProcessor": INNER, "End": True},
        {"Type": "Map", "MaxConcurrency": "{% $states.input.x %}", "ItemProcessor": INNER, "End": True},
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Arguments": "{% $states.input.x %}",
            "TimeoutSeconds": "{% $states.input.x = 'y' ? 5 : $states.input.x %}",
            "End": True,
        },
    ],
}


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_no_cause_is_pythons(cloud: RunningCloud, role: str, language: str) -> None:
    """Every state gets every input, as child executions of one Distributed Map a state, which tells their causes."""
    waiting = []
    for state in STATES[language]:
        processor = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "A",
            "States": {"A": state, "S": SUCCEED},
        }
        walk = {"Type": "Map", "ToleratedFailurePercentage": 100, "ItemProcessor": processor, "End": True}
        machine = machines.create(cloud, role, next(NAMES), {"Walk": walk}, QueryLanguage=language)
        waiting.append((state, machines.start(cloud, machine, INPUTS)))
    told = []
    for state, execution in waiting:
        described = machines.ended(cloud, execution)
        assert described["status"] == "SUCCEEDED", described
        children = [child for child in json.loads(described["output"]) if isinstance(child, dict)]
        told += [(child, state) for child in children if child.get("Status") == "FAILED"]
    assert len(told) > len(waiting)
    # What was given may say anything.
    causes = [(re.sub(r"(input|value|got|Parameters) .*", "", child["Cause"]), state) for child, state in told]
    assert not [(cause, state) for cause, state in causes if PYTHON.search(cause)]
    assert not [
        child
        for child, state in told
        if not child["Error"].startswith("States.") and state["Type"] not in {"Task", "Fail"}
    ]
