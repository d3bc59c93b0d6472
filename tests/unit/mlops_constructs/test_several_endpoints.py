"""An execution that is about several endpoints starts one for each of them, and tells what became of them."""

import json
import re
from typing import Any

import pytest

from contract import run_names
from tests.unit.mlops_constructs import machine
from tests.unit.mlops_constructs.machine import LONGEST_APP, LONGEST_MODEL

MACHINE = machine.deployment()
STATES = machine.every_state(MACHINE)
OTHER = "perennial-sandbox-linear-learner"


def _found(*names: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    return machine.find(MACHINE, machine.identify(MACHINE, given or {}), *names)


def test_one_endpoint_is_deployed_to_by_the_execution_itself() -> None:
    found = _found(OTHER)
    assert machine.choose(STATES["Several Endpoints?"], found) == "Take Lease"
    assert (found["endpoint_name"], found["stem"]) == (OTHER, OTHER)
    assert machine.evaluate(STATES["Take Lease"]["Arguments"]["Item"]["pk"], found) == {"S": f"lease#endpoint#{OTHER}"}


def test_several_endpoints_have_an_execution_each() -> None:
    given = {"reason": "schedule", "force": True}
    found = _found("perennial-sandbox", OTHER, given=given)
    assert machine.choose(STATES["Several Endpoints?"], found) == "Deploy to Each Endpoint"
    items = machine.evaluate(STATES["Deploy to Each Endpoint"]["Items"], found)
    started = [_start({**found, "states": {**found["states"], "input": item}}) for item in items]
    assert [item["Input"]["endpoint"] for item in started] == ["perennial-sandbox", OTHER]
    for item in started:
        assert item["StateMachineArn"].endswith(":stateMachine:perennial-deployment")
        # Everything else is passed on.
        assert given.items() <= item["Input"].items()
        assert item["Input"]["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"].startswith("arn:aws:states:")
    assert len({item["Name"] for item in started}) == 2


def _start(variables: dict[str, Any]) -> dict[str, Any]:
    built: dict[str, Any] = machine.evaluate(STATES["Deploy to Endpoint"]["Arguments"], variables)
    return built


@pytest.mark.parametrize("redrives", [0, 99])
def test_a_retry_finds_the_execution_that_it_started_and_a_redrive_starts_another_one(redrives: int) -> None:
    built = machine.deployment(app=LONGEST_APP)
    names = set()
    for retries in range(3):
        found = machine.deploy(built, endpoint=f"{LONGEST_APP}-sandbox-{LONGEST_MODEL}", redrive_count=redrives)
        found = machine.several(found)
        found["states"]["context"] = machine.context(retry_count=retries, redrive_count=redrives)
        names.add(machine.evaluate(machine.every_state(built)["Deploy to Endpoint"]["Arguments"]["Name"], found))
    (name,) = names
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    assert len(name) <= 80
    assert re.fullmatch(r"[A-Za-z0-9-]+", name)
    assert name.endswith("-99") is (redrives == 99)


def test_one_that_fails_is_noted_and_leaves_the_others_alone() -> None:
    deploy = STATES["Deploy to Endpoint"]
    assert deploy["Resource"].endswith(":states:startExecution.sync:2")
    assert deploy["Catch"][-1]["Next"] == "Note Failed Endpoint"
    # What fails there is no reason to do it again.
    assert not [item for item in deploy["Retry"] if "States.TaskFailed" in item["ErrorEquals"]]
    assert STATES["Note Failed Endpoint"]["End"] is True
    # What follows knows which endpoint it is about, whatever the task or its error said.
    assert deploy["Output"] == deploy["Catch"][-1]["Output"] == "{% $states.input %}"


@pytest.mark.parametrize(
    ("failure", "error", "execution"),
    [
        # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html: the description of what failed.
        (
            {
                "Error": "States.TaskFailed",
                "Cause": json.dumps(
                    {
                        "Cause": json.dumps({"Error": "inner"}),
                        "Error": "EndpointNotInService",
                        "ExecutionArn": "arn:execution",
                    }
                ),
            },
            "EndpointNotInService",
            "arn:execution",
        ),
        ({"Error": "States.TaskFailed", "Cause": '{"Error":"KnownToFail","Cause":"cut o'}, "KnownToFail", ""),
        ({"Error": "States.Timeout", "Cause": ""}, "States.Timeout", ""),
        (
            {"Error": "StepFunctions.AWSStepFunctionsException", "Cause": "denied"},
            "StepFunctions.AWSStepFunctionsException",
            "",
        ),
    ],
)
def test_what_failed_is_noted_by_its_own_error(failure: dict[str, str], error: str, execution: str) -> None:
    found = {**machine.several(machine.deploy(MACHINE)), "failure": failure}
    noted = machine.evaluate(STATES["Note Failed Endpoint"]["Output"], found)
    assert noted == {"endpoint": found["states"]["input"]["name"], "error": error, "execution": execution}


@pytest.mark.parametrize(
    ("output", "noted"),
    [
        (
            {
                "outcome": "deployed",
                "endpoint": "e",
                "versions": {"a": "arn/2", "b": "arn/1"},
                "changes": {"a": "1 -> 2"},
                "unapproved": ["b"],
                "deployment_id": "d",
            },
            {"outcome": "deployed", "changes": {"a": "1 -> 2"}, "unapproved": ["b"], "versions": {"b": "arn/1"}},
        ),
        (
            {"outcome": "up to date", "endpoint": "e", "versions": {"a": "arn/2"}, "changes": {}, "unapproved": []},
            {"outcome": "up to date", "changes": {}, "unapproved": [], "versions": {}},
        ),
        (
            {"outcome": "under way", "endpoint": "e"},
            {"outcome": "under way", "changes": {}, "unapproved": [], "versions": {}},
        ),
    ],
)
def test_what_one_did_is_noted(output: dict[str, Any], noted: dict[str, Any]) -> None:
    found = _found("perennial-sandbox", OTHER)
    states = {**found["states"], "input": {"name": "e", "stem": "e"}, "result": {"Output": output}}
    report = machine.evaluate(STATES["Deploy to Endpoint"]["Assign"], {**found, "states": states})
    assert machine.evaluate(STATES["Note Endpoint"]["Output"], {**found, "states": states, **report}) == {
        "endpoint": "e",
        **noted,
    }


def test_all_that_succeeded_are_summed_up() -> None:
    found = machine.several(machine.deploy(MACHINE))
    assert machine.choose(STATES["Did All Succeed?"], found) == "Endpoints Done"
    told = machine.evaluate(STATES["Endpoints Done"]["Output"], found)
    assert (told["outcome"], told["changes"], told["unapproved"], told["versions"]) == (
        "deployed, up to date",
        {"a": "1 -> 2"},
        ["b"],
        {"b": "arn/1"},
    )
    assert [item["endpoint"] for item in told["endpoints"]] == [item["endpoint"] for item in found["reports"]]


def test_the_execution_fails_if_one_did_and_says_which() -> None:
    found = machine.several(machine.deploy(MACHINE), failed="DeploymentNotProvenError")
    assert machine.choose(STATES["Did All Succeed?"], found) == "Endpoints Failed"
    fail = STATES["Endpoints Failed"]
    cause = machine.evaluate(fail["Cause"], found)
    assert fail["Error"] == "EndpointsFailed"
    assert cause.startswith(f"perennial-sandbox-{LONGEST_MODEL}: DeploymentNotProvenError in arn:execution; ")


def test_a_new_endpoint_besides_the_first_one_gets_a_log_before_sagemaker_makes_it() -> None:
    first = {**machine.deploy(MACHINE), "plan": machine.plan()}
    del first["plan"]["serving"]
    assert machine.choose(STATES["Endpoint Exists?"], first) == "Create Endpoint"
    other = {**first, "endpoint_name": OTHER}
    assert machine.choose(STATES["Endpoint Exists?"], other) == "Create Log"
    group = machine.evaluate(STATES["Create Log"]["Arguments"], other)
    assert (group["LogGroupName"], group["KmsKeyId"]) == (f"/aws/sagemaker/Endpoints/{OTHER}", machine.KEY)
    assert STATES["Create Log"]["Catch"][0] == {
        "ErrorEquals": ["CloudWatchLogs.ResourceAlreadyExistsException"],
        "Next": "Keep Log",
    }
    assert STATES["Create Log"]["Next"] == "Keep Log"
    assert STATES["Keep Log"]["Next"] == "Create Endpoint"
    # As of the stack's own groups.
    assert STATES["Keep Log"]["Arguments"]["RetentionInDays"] == 180


def test_names_of_a_long_endpoint_begin_with_its_stem() -> None:
    endpoint = f"{LONGEST_APP}-sandbox-{LONGEST_MODEL}"
    built = machine.deployment(app=LONGEST_APP)
    found = machine.deploy(built, endpoint=endpoint, looks=100)
    made = machine.evaluate(built["States"]["Create Model"]["Arguments"], found)
    assert run_names.is_of_a_deployment(made["ModelName"], endpoint_name=endpoint)
    assert not run_names.is_of_a_deployment(made["ModelName"], endpoint_name=f"{LONGEST_APP}-sandbox")
