"""What EventBridge learns of executions: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""

import json
from typing import Any

import pytest

from integration.events.conftest import Queue, put_rule
from integration.step_functions import machines
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role

pytestmark = pytest.mark.security("faults")

SUCCEED = {"Type": "Succeed"}
# Longer than the clock of any test is set forward.
WAIT = {"Type": "Wait", "Seconds": 30 * 86_400, "Next": "End"}
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
UNCAUGHT = ("States.Runtime", "States.DataLimitExceeded", "States.NoChoiceMatched", "States.QueryEvaluationError")


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return make_role(cloud, "announced", [], trust={"Service": "states.amazonaws.com"})


def queue(cloud: RunningCloud, name: str, machine: str, **detail: Any) -> Queue:
    """Takes the events of one machine."""
    made = Queue(cloud, name)
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine], **detail}}
    put_rule(cloud, name, pattern, {"Arn": made.arn})
    return made


def test_an_execution_tells_its_start_and_its_end(cloud: RunningCloud, role: str) -> None:
    machine = machines.create(cloud, role, "told", {"End": SUCCEED})
    told = queue(cloud, "told", machine)

    execution = machines.start(cloud, machine, {"model": "m"})
    described = machines.ended(cloud, execution)

    events = sorted((told.next()["body"] for _ in range(2)), key=lambda event: event["detail"]["status"])
    assert [event["detail"]["status"] for event in events] == ["RUNNING", "SUCCEEDED"]
    assert {event["detail-type"] for event in events} == {"Step Functions Execution Status Change"}
    assert all(event["resources"] == [execution] and event["account"] == ACCOUNT for event in events)
    running, succeeded = (event["detail"] for event in events)
    assert (running["stopDate"], running["output"]) == (None, None)
    assert json.loads(succeeded["input"]) == json.loads(succeeded["output"]) == {"model": "m"}
    assert succeeded["executionArn"] == execution
    assert succeeded["stateMachineArn"] == machine
    assert succeeded["stopDate"] == int(described["stopDate"].timestamp() * 1000)


def test_only_ends_that_nobody_told_pass_the_filter(cloud: RunningCloud, role: str) -> None:
    states = {
        "Which?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.end = 'wait' %}", "Next": "Wait"},
                {"Condition": "{% $states.input.end = 'fail' %}", "Next": "Fail"},
            ],
        },
        "Wait": WAIT,
        "Fail": {"Type": "Fail", "Error": "OurOwnError", "Cause": "told by the workflow"},
        "End": SUCCEED,
    }
    machine = machines.create(cloud, role, "ends", states)
    unheard = [{"status": ["ABORTED", "TIMED_OUT"]}, {"status": ["FAILED"], "error": list(UNCAUGHT)}]
    told = queue(cloud, "ends", machine, **{"$or": unheard})
    executions = {end: machines.start(cloud, machine, {"end": end}) for end in ("wait", "fail", "neither")}
    machines.entered(cloud, executions["wait"], "WaitStateEntered")
    cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=executions["wait"], error="E", cause="c")
    for execution in executions.values():
        machines.ended(cloud, execution)

    details = [told.next()["body"]["detail"] for _ in range(2)]

    errors = {detail["status"]: detail["error"] for detail in details}
    assert errors["ABORTED"] == "E"
    assert errors["FAILED"] in UNCAUGHT
    assert told.is_empty()


def test_an_execution_that_a_restart_ended_is_told_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as first:
        role = make_role(first, "restarted", [], trust={"Service": "states.amazonaws.com"})
        machine = machines.create(first, role, "restarted", {"Wait": WAIT, "End": SUCCEED})
        queue(first, "restarted", machine, status=["ABORTED"])
        execution = machines.start(first, machine)
        machines.entered(first, execution, "WaitStateEntered")
        # Times of the server that starts again are days ahead of this machine's.
        first.control("clock", {"advance_seconds": 7 * 86_400})
        first.save()
        first.kill()
        with lifecycle.start(first.settings) as second:
            told = Queue(second, "restarted")
            assert told.next()["body"]["detail"]["executionArn"] == execution
