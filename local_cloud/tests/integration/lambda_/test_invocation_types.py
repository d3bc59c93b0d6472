"""Invocations that nobody waits for.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import time
from typing import Any

import pytest

from integration.lambda_ import functions
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

CODE = """
import json
import os

import boto3


def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["CALLS"], MessageBody=context.aws_request_id)
    if event.get("fail"):
        raise RuntimeError("as told")
"""


@pytest.fixture(scope="module")
def queues(cloud: RunningCloud) -> dict[str, str]:
    sqs = cloud.client("sqs", ACCOUNT)
    return {
        name: str(sqs.create_queue(QueueName=name)["QueueUrl"]) for name in ("dry", "event", "failing", "once", "dead")
    }


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, queues: dict[str, str]) -> str:
    assert queues
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:*"}
    return make_role(cloud, "function", [statement], trust={"Service": "lambda.amazonaws.com"})


def _create(cloud: RunningCloud, role: str, name: str, queue: str, **more: Any) -> Any:
    """A client, once there is the function."""
    variables = {"Variables": {"CALLS": queue}}
    return functions.create(
        cloud, name, role=role, handler="counted.handler", files={"counted.py": CODE}, Environment=variables, **more
    )


def _received(cloud: RunningCloud, queue: str, count: int) -> list[dict[str, Any]]:
    """So many messages, which are not seen again."""
    sqs, found = cloud.client("sqs", ACCOUNT), []

    def look() -> bool | None:
        answer = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
        found.extend(answer.get("Messages", []))
        return len(found) >= count or None

    until(look)
    return found


def _is_empty(cloud: RunningCloud, queue: str) -> bool:
    attributes = cloud.client("sqs", ACCOUNT).get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return bool(attributes["ApproximateNumberOfMessages"] == "0")


def test_a_dry_run_runs_nothing(cloud: RunningCloud, role: str, queues: dict[str, str]) -> None:
    client = _create(cloud, role, "dry", queues["dry"])
    answer = client.invoke(FunctionName="dry", InvocationType="DryRun")
    assert (answer["StatusCode"], answer["Payload"].read()) == (204, b"")
    # A run would have been finished before the answer of one that came later.
    client.invoke(FunctionName="dry", Payload=b"{}")
    assert len(_received(cloud, queues["dry"], 1)) == 1
    assert _is_empty(cloud, queues["dry"])


def test_an_event_is_answered_at_once_and_runs_later(cloud: RunningCloud, role: str, queues: dict[str, str]) -> None:
    client = _create(cloud, role, "event", queues["event"])
    answer = client.invoke(FunctionName="event", InvocationType="Event", Payload=b"{}")
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert "FunctionError" not in answer
    assert len(_received(cloud, queues["event"], 1)) == 1


def _advance_until_received(cloud: RunningCloud, queue: str, count: int) -> list[dict[str, Any]]:
    """Messages that come when time passes: the waits are a minute and two."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + 60
    sqs = cloud.client("sqs", ACCOUNT)
    while len(found) < count:
        assert time.monotonic() < end, found
        cloud.control("clock", {"advance_seconds": 30})
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        found.extend(answer.get("Messages", []))
        time.sleep(0.1)
    return found


def test_a_failing_event_is_tried_three_times_and_buried(
    cloud: RunningCloud, role: str, queues: dict[str, str]
) -> None:
    dead = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
    client = _create(cloud, role, "failing", queues["failing"], DeadLetterConfig={"TargetArn": dead})
    assert client.get_function_configuration(FunctionName="failing")["DeadLetterConfig"] == {"TargetArn": dead}
    client.invoke(FunctionName="failing", InvocationType="Event", Payload=b'{"fail": true}')
    calls = [message["Body"] for message in _advance_until_received(cloud, queues["failing"], 3)]
    assert len(calls) == 3
    # Every attempt has the same request id.
    assert len(set(calls)) == 1
    (buried,) = _received(cloud, queues["dead"], 1)
    assert json.loads(buried["Body"]) == {"fail": True}
    attributes = {name: value["StringValue"] for name, value in buried["MessageAttributes"].items()}
    assert attributes == {"RequestID": calls[0], "ErrorCode": "200", "ErrorMessage": "as told"}


def test_the_number_of_attempts_can_be_set(cloud: RunningCloud, role: str, queues: dict[str, str]) -> None:
    dead = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
    client = _create(cloud, role, "once", queues["once"], DeadLetterConfig={"TargetArn": dead})
    client.put_function_event_invoke_config(FunctionName="once", MaximumRetryAttempts=0)
    client.invoke(FunctionName="once", InvocationType="Event", Payload=b'{"fail": true}')
    assert len(_received(cloud, queues["dead"], 1)) == 1
    assert len(_received(cloud, queues["once"], 1)) == 1
    assert _is_empty(cloud, queues["once"])


def test_destinations_are_refused(cloud: RunningCloud, role: str, queues: dict[str, str]) -> None:
    client = _create(cloud, role, "destined", queues["once"])
    destination = {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"}}
    with pytest.raises(client.exceptions.ClientError, match=r"does not emulate .*DestinationConfig"):
        client.put_function_event_invoke_config(FunctionName="destined", DestinationConfig=destination)
