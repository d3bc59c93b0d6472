"""Deployed zips as a client of AWS Lambda sees them."""

import base64
import io
import json
import zipfile
from typing import Any

import pytest

from local_cloud.lifecycle import RunningCloud
from tests.integration.local_cloud.conftest import ACCOUNT, make_role

GROUP = "/perennial/functions"
CODE = """
import os
import time

import boto3


class OddError(Exception):
    pass


def echo(event, context):
    print("seen", event["name"])
    return {"name": event["name"], "greeting": os.environ["GREETING"], "function": context.function_name}


def caller(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]


def fails(event, context):
    raise OddError("because")


def sleeps(event, context):
    print("asleep")
    time.sleep(60)


def leaves(event, context):
    os._exit(3)


def denied(event, context):
    return boto3.client("s3").list_buckets()
"""


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("logs", ACCOUNT).create_log_group(logGroupName=GROUP)
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    return make_role(cloud, "function", [statement], trust={"Service": "lambda.amazonaws.com"})


def _invoke(cloud: RunningCloud, role: str, handler: str, event: Any = None) -> tuple[Any, dict[str, Any]]:
    """The payload and the whole answer of a function of its own."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("shop/handlers.py", CODE)
    client = cloud.client("lambda", ACCOUNT)
    client.create_function(
        FunctionName=handler,
        Runtime="python3.13",
        Role=role,
        Handler=f"shop.handlers.{handler}",
        Code={"ZipFile": content.getvalue()},
        Timeout=2 if handler == "sleeps" else 30,
        Environment={"Variables": {"GREETING": "good day"}},
        LoggingConfig={"LogGroup": GROUP},
    )
    answer = client.invoke(FunctionName=handler, Payload=json.dumps(event or {}), LogType="Tail")
    return json.loads(answer["Payload"].read()), answer


def _logged(cloud: RunningCloud) -> list[str]:
    logs = cloud.client("logs", ACCOUNT)
    return [event["message"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]]


def test_a_function_runs_with_its_event_environment_and_context(cloud: RunningCloud, role: str) -> None:
    payload, answer = _invoke(cloud, role, "echo", {"name": "Ada"})
    assert payload == {"name": "Ada", "greeting": "good day", "function": "echo"}
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert "seen Ada" in base64.b64decode(answer["LogResult"]).decode()
    assert "seen Ada" in _logged(cloud)


def test_a_function_acts_as_its_role(cloud: RunningCloud, role: str) -> None:
    payload, _ = _invoke(cloud, role, "caller")
    assert payload == f"arn:aws:sts::{ACCOUNT}:assumed-role/function/caller"


def test_an_error_is_told_with_its_type_and_its_trace(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    payload, answer = _invoke(cloud, role, "fails")
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("OddError", "because")
    assert any("in fails" in frame for frame in payload["stackTrace"])
    assert "OddError" in " ".join(_logged(cloud))


def test_a_function_that_takes_too_long_is_ended(cloud: RunningCloud, role: str) -> None:
    payload, answer = _invoke(cloud, role, "sleeps")
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorMessage"].endswith("Task timed out after 2.00 seconds")
    assert "asleep" in _logged(cloud)


def test_a_function_whose_process_ends_is_an_error(cloud: RunningCloud, role: str) -> None:
    payload, answer = _invoke(cloud, role, "leaves")
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith("exit status 3")


def test_a_missing_grant_is_named_by_the_function(cloud: RunningCloud, role: str) -> None:
    payload, _ = _invoke(cloud, role, "denied")
    assert "AccessDenied" in payload["errorMessage"]
    assert "s3:ListAllMyBuckets" in payload["errorMessage"]
