"""A state machine that starts another one.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

import json
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

OPTIMISED = "arn:aws:states:::states:startExecution"
SDK = "arn:aws:states:::aws-sdk:sfn:startExecution"
PREFIX = f"arn:aws:states:us-east-1:{ACCOUNT}"
TRUST = {"Service": "states.amazonaws.com"}


@pytest.fixture(scope="module")
def parent_role(cloud: RunningCloud) -> str:
    """May start exactly one state machine, and look after its executions."""
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "states:StartExecution", "Resource": f"{PREFIX}:stateMachine:child"},
        {
            "Effect": "Allow",
            "Action": ["states:DescribeExecution", "states:StopExecution"],
            "Resource": f"{PREFIX}:execution:child:*",
        },
    ]
    return make_role(cloud, "parent", statements, trust=TRUST)


@pytest.fixture(scope="module")
def child(cloud: RunningCloud) -> str:
    role = make_role(cloud, "child", [], trust=TRUST)
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.order = 'fail' %}", "Next": "Fail"},
                {"Condition": "{% $states.input.order = 'wait' %}", "Next": "Wait"},
            ],
            "Default": "Succeed",
        },
        "Wait": {"Type": "Wait", "Seconds": 600, "Next": "Succeed"},
        "Fail": {"Type": "Fail", "Error": "Ordered", "Cause": "as told"},
        "Succeed": {"Type": "Succeed", "Output": {"said": "{% $states.input.order %}"}},
    }
    return machines.create(cloud, role, "child", states)


def _start(resource: str, machine: str, order: str, **more: Any) -> dict[str, Any]:
    arguments = {"StateMachineArn": machine, "Input": {"order": order}}
    if resource == SDK:
        arguments["Input"] = f'{{"order": "{order}"}}'
    return {"Start": {"Type": "Task", "Resource": resource, "Arguments": {**arguments, **more}, "End": True}}


@pytest.mark.parametrize("resource", [OPTIMISED, SDK])
def test_an_execution_is_started_and_not_waited_for(
    cloud: RunningCloud, parent_role: str, child: str, resource: str
) -> None:
    name = resource.split(":")[-2]
    execution, _ = machines.run(cloud, parent_role, f"starts-{name}", _start(resource, child, "wait", Name=name))
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    output = json.loads(execution["output"])
    assert output["ExecutionArn"] == f"{PREFIX}:execution:child:{name}"
    told = {"SdkHttpMetadata", "SdkResponseMetadata"} if resource == OPTIMISED else set()
    assert set(output) == {"ExecutionArn", "StartDate"} | told
    client = cloud.client("stepfunctions", ACCOUNT)
    assert client.describe_execution(executionArn=output["ExecutionArn"])["status"] == "RUNNING"
    client.stop_execution(executionArn=output["ExecutionArn"])


def test_sync_gives_the_childs_description_with_its_output_as_json(
    cloud: RunningCloud, parent_role: str, child: str
) -> None:
    states = _start(f"{OPTIMISED}.sync:2", child, "hello", Name="synchronous")
    execution, _ = machines.run(cloud, parent_role, "waits", states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    output = json.loads(execution["output"])
    assert (output["Status"], output["Output"], output["Input"]) == (
        "SUCCEEDED",
        {"said": "hello"},
        {"order": "hello"},
    )


def test_a_failed_child_fails_the_task(cloud: RunningCloud, parent_role: str, child: str) -> None:
    execution, _ = machines.run(cloud, parent_role, "fails", _start(f"{OPTIMISED}.sync:2", child, "fail"))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(execution["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Ordered", "as told")


def test_stopping_the_parent_stops_the_child_it_waits_for(cloud: RunningCloud, parent_role: str, child: str) -> None:
    machine = machines.create(
        cloud, parent_role, "stopped", _start(f"{OPTIMISED}.sync:2", child, "wait", Name="stopped-with-its-parent")
    )
    execution = machines.start(cloud, machine)
    machines.entered(cloud, execution, "TaskSubmitted")
    cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=execution)
    assert machines.ended(cloud, execution)["status"] == "ABORTED"
    stopped = machines.ended(cloud, f"{PREFIX}:execution:child:stopped-with-its-parent")
    assert stopped["status"] == "ABORTED"


@pytest.mark.parametrize("resource", [OPTIMISED, SDK])
def test_a_grant_on_another_state_machine_is_not_enough(cloud: RunningCloud, parent_role: str, resource: str) -> None:
    name = f"other-{resource.split(':')[-2]}"
    other = machines.create(cloud, parent_role, name, {"End": {"Type": "Succeed"}})
    execution, _ = machines.run(cloud, parent_role, f"denied-{name}", _start(resource, other, "hello"))
    assert execution["status"] == "FAILED"
    assert "states:StartExecution" in execution["cause"]
    assert execution["error"] == (
        "StepFunctions.AccessDeniedException" if resource == OPTIMISED else "Sfn.SfnException"
    )


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        (OPTIMISED, "StepFunctions.ExecutionAlreadyExistsException"),
        (SDK, "Sfn.ExecutionAlreadyExistsException"),
    ],
)
def test_a_used_name_has_an_error_of_its_own(
    cloud: RunningCloud, parent_role: str, child: str, resource: str, error: str
) -> None:
    name = f"used-{resource.split(':')[-2]}"
    machines.ended(cloud, machines.start(cloud, child, {"order": "hello"}, name=name))
    execution, _ = machines.run(cloud, parent_role, name, _start(resource, child, "hello", Name=name))
    assert (execution["status"], execution["error"]) == ("FAILED", error)


def test_the_same_name_and_input_is_the_same_execution_only_while_it_runs(cloud: RunningCloud, child: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    client = cloud.client("stepfunctions", ACCOUNT)
    first = machines.start(cloud, child, {"order": "wait"}, name="once")
    assert machines.start(cloud, child, {"order": "wait"}, name="once") == first
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        machines.start(cloud, child, {"order": "hello"}, name="once")
    client.stop_execution(executionArn=first)
    machines.ended(cloud, first)
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        machines.start(cloud, child, {"order": "wait"}, name="once")
