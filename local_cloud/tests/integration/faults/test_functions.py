"""Faults of Lambda functions, before and after the handler did its work."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from integration.faults.conftest import Add
from integration.lambda_ import functions
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

pytestmark = pytest.mark.security("faults")

CODE = """
import os
import boto3


def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["key"])
    return "done"
"""
MINUTES = 60


@pytest.fixture(scope="module")
def queue(cloud: RunningCloud) -> str:
    return str(cloud.client("sqs", ACCOUNT).create_queue(QueueName="effects")["QueueUrl"])


@pytest.fixture(scope="module")
def function(cloud: RunningCloud, queue: str) -> str:
    allowed = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]
    role = make_role(cloud, "function-with-faults", allowed, trust={"Service": "lambda.amazonaws.com"})
    settings = {"Timeout": 15 * MINUTES, "Environment": {"Variables": {"QUEUE": queue}}}
    functions.create(cloud, "faulty", role=role, handler="main.handler", files={"main.py": CODE}, **settings)
    return "faulty"


@pytest.fixture
def fast(cloud: RunningCloud) -> Iterator[None]:
    cloud.control("clock", {"scale": 1000})
    yield
    cloud.control("clock", {"scale": 1})


def invoke(cloud: RunningCloud, function: str) -> tuple[bool, Any]:
    answer = cloud.client("lambda", ACCOUNT).invoke(FunctionName=function, Payload=json.dumps({"key": "k"}))
    return "FunctionError" in answer, json.loads(answer["Payload"].read())


def effects(cloud: RunningCloud, queue: str) -> int:
    """Messages so far; they are taken away."""
    sqs = cloud.client("sqs", ACCOUNT)
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return len(found)


@pytest.mark.parametrize(("moment", "done"), [("before", 0), ("after", 1)])
def test_the_runtime_exits(moment: str, done: int, cloud: RunningCloud, function: str, queue: str, add: Add) -> None:
    add("function_crash", function="faul.*", moment=moment, times=1)

    failed, error = invoke(cloud, function)

    assert failed
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert effects(cloud, queue) == done
    assert invoke(cloud, function) == (False, "done")
    effects(cloud, queue)


def test_the_function_times_out_on_the_virtual_clock(
    cloud: RunningCloud, function: str, queue: str, fast: None, add: Add
) -> None:
    add("function_timeout", function=function)

    failed, error = invoke(cloud, function)

    assert failed
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 900.00 seconds")
    assert effects(cloud, queue) == 0


def test_other_functions_go_on(cloud: RunningCloud, function: str, queue: str, add: Add) -> None:
    add("function_crash", function="another")
    add("function_crash", function=function, account_id="222222222222")

    assert invoke(cloud, function) == (False, "done")
    assert effects(cloud, queue) == 1
