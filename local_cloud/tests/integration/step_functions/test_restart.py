"""What is left of executions once the server was stopped and started."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

LONG = {"Type": "Wait", "Seconds": 600, "End": True}
PASS = {"Type": "Pass", "End": True}


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """The server after its restart, and what was under way before."""

    cloud: RunningCloud
    waiting: str
    mapping: str
    mapped: str
    runs: dict[str, dict[str, Any]]
    asking: str
    token: str


def _map(state: dict[str, Any]) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "I", "States": {"I": state}}
    return {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "End": True}


def _run_of(cloud: RunningCloud, execution: str) -> dict[str, Any]:
    client = cloud.client("stepfunctions", ACCOUNT)
    (listed,) = client.list_map_runs(executionArn=execution)["mapRuns"]
    described: dict[str, Any] = client.describe_map_run(mapRunArn=listed["mapRunArn"])
    described.pop("ResponseMetadata")
    return described


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as cloud:
        sqs = cloud.client("sqs", ACCOUNT)
        queue = sqs.create_queue(QueueName="tokens")["QueueUrl"]
        allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
        role = make_role(cloud, "restarted", [allowed], trust={"Service": "states.amazonaws.com"})
        ask = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"},
            "End": True,
        }
        kinds = {"waiting": LONG, "mapping": _map(LONG), "mapped": _map(PASS), "asking": ask}
        arns = {
            name: machines.start(cloud, machines.create(cloud, role, name, {"A": state}))
            for name, state in kinds.items()
        }
        machines.entered(cloud, arns["waiting"], "WaitStateEntered")
        machines.entered(cloud, arns["mapping"], "MapRunStarted")
        until(lambda: _run_of(cloud, arns["mapping"])["itemCounts"]["running"] == 2)
        assert machines.ended(cloud, arns["mapped"])["status"] == "SUCCEEDED"
        runs = {name: _run_of(cloud, arns[name]) for name in ("mapping", "mapped")}
        (message,) = until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
        with cloud.restart() as again:
            yield Restarted(cloud=again, runs=runs, token=message["Body"], **arns)


def test_an_execution_does_not_outlive_the_server(restarted: Restarted) -> None:
    cloud, execution = restarted.cloud, restarted.waiting
    described = machines.ended(cloud, execution)
    assert described["status"] == "ABORTED"
    assert "local cloud stopped" in described["cause"]
    last = machines.events(cloud, execution)[-1]
    assert (last["id"], last["type"]) == (3, "ExecutionAborted")
    assert last["executionAbortedEventDetails"]["cause"] == described["cause"]
    stopped = cloud.client("stepfunctions", ACCOUNT).stop_execution(executionArn=execution)
    assert stopped["stopDate"] == described["stopDate"]
    assert time.time() - described["stopDate"].timestamp() < 60


def test_a_task_of_an_interrupted_execution_does_not_exist_anymore(restarted: Restarted) -> None:
    client = restarted.cloud.client("stepfunctions", ACCOUNT)
    assert machines.ended(restarted.cloud, restarted.asking)["status"] == "ABORTED"
    for send, arguments in (
        (client.send_task_success, {"output": json.dumps({})}),
        (client.send_task_failure, {}),
        (client.send_task_heartbeat, {}),
    ):
        with pytest.raises(client.exceptions.TaskTimedOut, match="does not exist anymore"):
            send(taskToken=restarted.token, **arguments)
        with pytest.raises(client.exceptions.InvalidToken):
            send(taskToken="of nobody", **arguments)


def test_a_map_run_that_was_over_is_told_as_before(restarted: Restarted) -> None:
    client, before = restarted.cloud.client("stepfunctions", ACCOUNT), restarted.runs["mapped"]
    assert _run_of(restarted.cloud, restarted.mapped) == before
    assert before["itemCounts"]["succeeded"] == 2
    client.update_map_run(mapRunArn=before["mapRunArn"], toleratedFailureCount=1)
    assert client.describe_map_run(mapRunArn=before["mapRunArn"])["toleratedFailureCount"] == 1


def test_a_map_run_that_was_under_way_is_aborted_with_its_children(restarted: Restarted) -> None:
    run, before = _run_of(restarted.cloud, restarted.mapping), restarted.runs["mapping"]
    assert (before["status"], before["itemCounts"]["running"]) == ("RUNNING", 2)
    assert (run["mapRunArn"], run["status"], run["startDate"]) == (before["mapRunArn"], "ABORTED", before["startDate"])
    assert run["stopDate"] > run["startDate"]
    for counts in (run["itemCounts"], run["executionCounts"]):
        assert {name: count for name, count in counts.items() if count} == {"total": 2, "aborted": 2}


def test_a_map_run_that_never_was_is_not_found(restarted: Restarted) -> None:
    client = restarted.cloud.client("stepfunctions", ACCOUNT)
    assert client.list_map_runs(executionArn=restarted.waiting)["mapRuns"] == []
    for call, arguments in ((client.describe_map_run, {}), (client.update_map_run, {"maxConcurrency": 1})):
        with pytest.raises(client.exceptions.ResourceNotFound):
            call(mapRunArn=f"{restarted.runs['mapped']['mapRunArn']}-not", **arguments)
