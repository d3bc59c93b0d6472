"""Waiting, stopping and looking at executions."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

TRUST = {"Service": "states.amazonaws.com"}
SUCCEED = {"Type": "Succeed"}
LONG = {"Type": "Wait", "Seconds": 600, "Next": "End"}


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    return make_role(cloud, "controlled", [], trust=TRUST)


def _stop(cloud: RunningCloud, execution: str, **more: str) -> dict[str, Any]:
    answer: dict[str, Any] = cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=execution, **more)
    return answer


def _stopped(cloud: RunningCloud, role: str, name: str, states: machines.States, event: str) -> dict[str, Any]:
    """The execution that is stopped when an event of a type was seen; it ends long before its waits do."""
    execution = machines.start(cloud, machines.create(cloud, role, name, states))
    machines.entered(cloud, execution, event)
    _stop(cloud, execution, error="Enough", cause="nobody waits")
    return machines.ended(cloud, execution)


def _ends_aborted(cloud: RunningCloud, execution: dict[str, Any]) -> None:
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Enough", "nobody waits")
    last = machines.events(cloud, execution["executionArn"])[-1]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "Enough", "cause": "nobody waits"}


def test_stopping_interrupts_a_wait(cloud: RunningCloud, role: str) -> None:
    states = {"Wait": LONG, "End": SUCCEED}
    _ends_aborted(cloud, _stopped(cloud, role, "stopped-wait", states, "WaitStateEntered"))


def test_stopping_interrupts_the_interval_of_a_retry(cloud: RunningCloud, role: str) -> None:
    failing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets",
        "Arguments": {},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 600}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}],
        "End": True,
    }
    execution = _stopped(cloud, role, "stopped-retry", {"Call": failing, "End": SUCCEED}, "TaskFailed")
    _ends_aborted(cloud, execution)


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_stopping_reaches_every_branch(cloud: RunningCloud, role: str, kind: str) -> None:
    inner = {"StartAt": "Wait", "States": {"Wait": LONG, "End": SUCCEED}}
    states: machines.States = {
        "Parallel": {"Parallel": {"Type": "Parallel", "Branches": [inner, inner], "End": True}},
        "Map": {"Map": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": inner, "End": True}},
    }[kind]
    _ends_aborted(cloud, _stopped(cloud, role, f"stopped-{kind}", states, "WaitStateEntered"))


def test_stopping_at_once_is_not_lost(cloud: RunningCloud, role: str) -> None:
    machine = machines.create(cloud, role, "stopped-at-once", {"Wait": LONG, "End": SUCCEED})
    execution = machines.start(cloud, machine)
    _stop(cloud, execution)
    assert machines.ended(cloud, execution)["status"] == "ABORTED"


def test_stopping_what_is_over_changes_nothing(cloud: RunningCloud, role: str) -> None:
    execution, _ = machines.run(cloud, role, "over", {"End": SUCCEED})
    assert _stop(cloud, execution["executionArn"])["stopDate"] == execution["stopDate"]
    assert machines.ended(cloud, execution["executionArn"])["status"] == "SUCCEEDED"


def test_a_wait_for_a_time_in_the_past_is_none_whatever_its_offset(cloud: RunningCloud, role: str) -> None:
    # Written as five hours behind UTC, a moment ago is earlier than the clock on the wall shows.
    moment = (datetime.now(UTC) - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=-5)))
    states = {
        "Wait": {"Type": "Wait", "Timestamp": moment.isoformat(timespec="seconds"), "Next": "End"},
        "End": SUCCEED,
    }
    execution, _ = machines.run(cloud, role, "past", states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")


def test_a_wait_ends_when_the_virtual_clock_gets_there(cloud: RunningCloud, role: str) -> None:
    due = "{% $fromMillis($millis() + 86400000) %}"
    states = {"Wait": {"Type": "Wait", "Timestamp": due, "Next": "End"}, "End": SUCCEED}
    execution = machines.start(cloud, machines.create(cloud, role, "tomorrow", states))
    machines.entered(cloud, execution, "WaitStateEntered")
    assert cloud.client("stepfunctions", ACCOUNT).describe_execution(executionArn=execution)["status"] == "RUNNING"
    cloud.control("clock", {"advance_seconds": 86400})
    assert machines.ended(cloud, execution)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"])
def test_a_wait_for_no_time_at_all_fails(cloud: RunningCloud, role: str, text: str) -> None:
    wait = {"Type": "Wait", "Timestamp": "{% $states.input.due %}", "Next": "End"}
    name = f"no-time-{text[:8].replace(':', '-')}-{len(text)}"
    execution, _ = machines.run(cloud, role, name, {"Wait": wait, "End": SUCCEED}, {"due": text})
    assert execution["status"] == "FAILED"
    assert "ISO-8601" in execution["cause"]


@pytest.mark.parametrize("value", ["plain", 'with "quotes"', "", 1.5, None, ["a", {"b": True}]])
def test_an_output_of_any_kind_is_json(cloud: RunningCloud, role: str, value: Any) -> None:
    name = f"json-{abs(hash(str(value)))}"
    execution, _ = machines.run(cloud, role, name, {"End": {"Type": "Succeed"}}, {"value": value})
    assert json.loads(execution["output"]) == {"value": value}
    only = {"End": {"Type": "Pass", "Output": "{% $states.input.value %}", "End": True}}
    if value is not None:
        execution, _ = machines.run(cloud, role, f"{name}-only", only, {"value": value})
        assert json.loads(execution["output"]) == value


def test_escapes_in_a_definition_are_resolved(cloud: RunningCloud, role: str) -> None:
    text = 'say "hi" \\ to\nthem \u00e9 \U0001f600'
    states = {
        'Quo"ted': {"Type": "Pass", "Assign": {"kept": text}, "Next": "End"},
        "End": {
            "Type": "Succeed",
            "Output": {"literal": text, "kept": "{% $kept %}", "regex": "{% $replace('a.b', /\\./, '-') %}"},
        },
    }
    execution, events = machines.run(cloud, role, "escapes", states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == {"literal": text, "kept": text, "regex": "a-b"}
    assert events[1]["stateEnteredEventDetails"]["name"] == 'Quo"ted'


@pytest.mark.parametrize("name", ["with space", "colon:", "question?", "brackets[]", "x" * 81, "line\n"])
def test_a_name_that_aws_refuses_is_refused(cloud: RunningCloud, role: str, name: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    machine = machines.create(cloud, role, "named", {"End": SUCCEED})
    client = cloud.client("stepfunctions", ACCOUNT)
    with pytest.raises(client.exceptions.InvalidName):
        machines.start(cloud, machine, name=name)


def test_the_history_is_paged_turned_and_stripped(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
    step = {"Type": "Pass", "Next": "End"}
    execution, events = machines.run(cloud, role, "paged", {"Start": step, "End": SUCCEED}, {"a": 1})
    client, arn = cloud.client("stepfunctions", ACCOUNT), execution["executionArn"]
    # Started; entered and exited twice; succeeded.
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5, 6]
    first = client.get_execution_history(executionArn=arn, maxResults=4)
    assert [event["id"] for event in first["events"]] == [1, 2, 3, 4]
    second = client.get_execution_history(executionArn=arn, maxResults=4, nextToken=first["nextToken"])
    assert [event["id"] for event in second["events"]] == [5, 6]
    assert "nextToken" not in second
    turned = client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=2)
    assert [event["id"] for event in turned["events"]] == [6, 5]
    bare = client.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "input" not in bare[0]["executionStartedEventDetails"]
    assert bare[0]["executionStartedEventDetails"]["roleArn"] == role
    with pytest.raises(client.exceptions.InvalidToken):
        client.get_execution_history(executionArn=arn, nextToken="not one of ours")
