"""Tasks that wait until somebody sends a result.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

import itertools
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

NAMES = (f"callback-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def queue(cloud: RunningCloud) -> str:
    return str(cloud.client("sqs", ACCOUNT).create_queue(QueueName="tokens")["QueueUrl"])


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    return make_role(cloud, "asks", [allowed], trust={"Service": "states.amazonaws.com"})


def _asked(cloud: RunningCloud, role: str, queue: str, **more: Any) -> tuple[str, str]:
    """A new execution that asks, and the token that it gives."""
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"},
        "End": True,
        **more,
    }
    execution = machines.start(
        cloud, machines.create(cloud, role, next(NAMES), {"Ask": ask, "Late": {"Type": "Pass", "End": True}})
    )
    sqs = cloud.client("sqs", ACCOUNT)
    (message,) = until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return execution, message["Body"]


@pytest.mark.parametrize("name", ["States.HeartbeatTimeout", "States.Timeout"])
def test_a_missed_heartbeat_is_caught(cloud: RunningCloud, role: str, queue: str, name: str) -> None:
    # "HeartbeatTimeout is available inside the Catch and Retry fields."; States.Timeout is "reported when a task runs
    # longer than the timeout value, or fails to send a heartbeat".
    catch = [{"ErrorEquals": [name], "Next": "Late"}]
    execution, _ = _asked(cloud, role, queue, HeartbeatSeconds=1, TimeoutSeconds=3600, Catch=catch)
    ended = machines.ended(cloud, execution)
    assert ended["status"] == "SUCCEEDED", ended
    assert "TaskTimedOut" in {event["type"] for event in machines.events(cloud, execution)}


def test_a_missed_heartbeat_ends_as_recorded_on_aws(cloud: RunningCloud, role: str, queue: str) -> None:
    # https://github.com/localstack/localstack, test_heartbeats.snapshot.json.
    execution, _ = _asked(cloud, role, queue, HeartbeatSeconds=1)
    ended = machines.ended(cloud, execution)
    assert (ended["status"], ended["error"], ended.get("cause")) == ("FAILED", "States.Timeout", None)


def test_answers_reach_the_task_once(cloud: RunningCloud, role: str, queue: str) -> None:
    client = cloud.client("stepfunctions", ACCOUNT)
    execution, token = _asked(cloud, role, queue)
    # Of a task that needs no heartbeat, too.
    client.send_task_heartbeat(taskToken=token)
    with pytest.raises(client.exceptions.InvalidOutput):
        client.send_task_success(taskToken=token, output="no JSON")
    client.send_task_success(taskToken=token, output='{"a":1}')
    ended = machines.ended(cloud, execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"a": 1})

    for send, arguments in (
        (client.send_task_success, {"output": "{}"}),
        (client.send_task_failure, {}),
        (client.send_task_heartbeat, {}),
    ):
        with pytest.raises(client.exceptions.TaskTimedOut, match="does not exist anymore"):
            send(taskToken=token, **arguments)
        with pytest.raises(client.exceptions.InvalidToken):
            send(taskToken="of nobody", **arguments)


def test_a_failure_that_is_sent_has_its_cause(cloud: RunningCloud, role: str, queue: str) -> None:
    execution, token = _asked(cloud, role, queue)
    client = cloud.client("stepfunctions", ACCOUNT)
    client.send_task_failure(taskToken=token, error="Refused", cause="nobody wanted it")
    ended = machines.ended(cloud, execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Refused", "nobody wanted it")


def test_a_task_with_heartbeats_may_last_long(cloud: RunningCloud, role: str, queue: str) -> None:
    execution, token = _asked(cloud, role, queue, HeartbeatSeconds=3000)
    scheduled = machines.entered(cloud, execution, "TaskScheduled")["taskScheduledEventDetails"]
    assert scheduled["heartbeatInSeconds"] == 3000
    assert "timeoutInSeconds" not in scheduled
    cloud.client("stepfunctions", ACCOUNT).send_task_success(taskToken=token, output="1")
    assert machines.ended(cloud, execution)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_activity", {"name": "a"}),
        ("redrive_execution", {"executionArn": f"arn:aws:states:us-east-1:{ACCOUNT}:execution:m:e"}),
        ("list_executions", {"mapRunArn": f"arn:aws:states:us-east-1:{ACCOUNT}:mapRun:m/l:e"}),
    ],
)
def test_what_is_not_emulated_is_refused_at_once(
    cloud: RunningCloud, operation: str, arguments: dict[str, Any]
) -> None:
    call = getattr(cloud.client("stepfunctions", ACCOUNT), operation)
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"


@pytest.mark.parametrize("more", [{"type": "EXPRESS"}, {"publish": True}])
def test_machines_of_another_kind_are_refused(cloud: RunningCloud, role: str, more: dict[str, Any]) -> None:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    with pytest.raises(ClientError, match="NotEmulated"):
        cloud.client("stepfunctions", ACCOUNT).create_state_machine(
            name=next(NAMES), definition=definition, roleArn=role, **more
        )
