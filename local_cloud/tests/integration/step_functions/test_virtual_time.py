"""Waits, intervals of retries and timeouts of executions on the virtual clock."""

from collections.abc import Iterator

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")

SUCCEED = {"Type": "Succeed"}
HOUR = 3600


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    start = {"Effect": "Allow", "Action": ["states:StartExecution", "states:*"], "Resource": "*"}
    return make_role(cloud, "timed", [start], trust={"Service": "states.amazonaws.com"})


@pytest.fixture
def fast(cloud: RunningCloud) -> Iterator[None]:
    cloud.control("clock", {"scale": 6000})
    yield
    cloud.control("clock", {"scale": 1})


def waiting(cloud: RunningCloud, role: str, name: str, **more: object) -> str:
    states = {"Wait": {"Type": "Wait", "Seconds": 6 * HOUR, "Next": "End"}, "End": SUCCEED}
    execution = machines.start(cloud, machines.create(cloud, role, name, states, **more))
    machines.entered(cloud, execution, "WaitStateEntered")
    return execution


def failing(retries: int) -> machines.States:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets",
        "Arguments": {},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 6 * HOUR, "MaxAttempts": retries}],
        "End": True,
    }
    return {"Call": call}


def skipped(cloud: RunningCloud) -> float:
    return until(lambda: float(cloud.control("clock", {"skip_pauses": True})["skipped_seconds"]) or None)


def test_a_jump_to_the_end_of_the_next_pause_ends_a_wait(cloud: RunningCloud, role: str) -> None:
    execution = waiting(cloud, role, "skipped-wait")

    assert skipped(cloud) == pytest.approx(6 * HOUR, abs=300)
    assert machines.ended(cloud, execution)["status"] == "SUCCEEDED"


def test_the_intervals_of_a_retry_are_skipped_one_by_one(cloud: RunningCloud, role: str) -> None:
    execution = machines.start(cloud, machines.create(cloud, role, "skipped-retry", failing(2)))

    # Without a BackoffRate the interval doubles: https://states-language.net/#retrying-after-error
    assert skipped(cloud) == pytest.approx(6 * HOUR, abs=300)
    assert skipped(cloud) == pytest.approx(12 * HOUR, abs=300)
    assert machines.ended(cloud, execution)["status"] == "FAILED"
    failures = [event for event in machines.events(cloud, execution) if event["type"] == "TaskFailed"]
    assert len(failures) == 3


def test_waits_are_short_on_a_fast_clock(cloud: RunningCloud, role: str, fast: None) -> None:
    assert machines.ended(cloud, waiting(cloud, role, "fast-wait"))["status"] == "SUCCEEDED"


def test_a_jump_does_not_time_out_what_runs(cloud: RunningCloud, role: str) -> None:
    inner = machines.create(
        cloud, role, "inner", {"Wait": {"Type": "Wait", "Seconds": 48 * HOUR, "Next": "End"}, "End": SUCCEED}
    )
    nested = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner, "Input": {}},
        "TimeoutSeconds": HOUR,
        "End": True,
    }
    execution = machines.start(
        cloud, machines.create(cloud, role, "outer", {"Nested": nested}, TimeoutSeconds=2 * HOUR)
    )
    machines.entered(cloud, execution, "TaskSubmitted")

    cloud.control("clock", {"advance_seconds": 24 * HOUR})

    client = cloud.client("stepfunctions", ACCOUNT)
    assert client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    assert skipped(cloud) == pytest.approx(24 * HOUR, abs=300)
    assert machines.ended(cloud, execution)["status"] == "SUCCEEDED"


def test_timeouts_of_a_task_and_of_a_machine_are_short_on_a_fast_clock(
    cloud: RunningCloud, role: str, fast: None
) -> None:
    forever = machines.create(
        cloud, role, "forever", {"Wait": {"Type": "Wait", "Seconds": 90_000_000, "Next": "End"}, "End": SUCCEED}
    )
    nested = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": forever, "Input": {}},
        "End": True,
    }
    of_task = machines.create(cloud, role, "task-timeout", {"Nested": {**nested, "TimeoutSeconds": 10 * HOUR}})
    of_machine = machines.create(cloud, role, "machine-timeout", {"Nested": nested}, TimeoutSeconds=10 * HOUR)
    executions = [machines.start(cloud, machine) for machine in (of_task, of_machine)]

    ends = [machines.ended(cloud, execution) for execution in executions]

    assert [(end["status"], end.get("error")) for end in ends] == [("FAILED", "States.Timeout"), ("TIMED_OUT", None)]
