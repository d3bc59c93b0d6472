"""Deployed zips as a client of AWS Lambda sees them."""

import base64
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.lambda_ import functions
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

GROUP = "/custom/functions"
CODE = """
import os
import sys
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


def exits(event, context):
    raise SystemExit(0)


def killed(event, context):
    os.kill(os.getpid(), 9)


def unmarshalled(event, context):
    return {1, 2}


def variables(event, context):
    return {**os.environ, "stream": context.log_stream_name, "path": sys.path}


def given(event, context):
    return {"event": event}


def denied(event, context):
    return boto3.client("s3").list_buckets()
"""
FILES = {
    "shop/handlers.py": CODE,
    "shop/wrong.py": "def handler(event, context:\n",
    "shop/raises.py": "raise ZeroDivisionError('at once')\n",
    "shop/shadow.py": "import invocation\n",
}


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("logs", ACCOUNT).create_log_group(logGroupName=GROUP)
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    return make_role(cloud, "function", [statement], trust={"Service": "lambda.amazonaws.com"})


def _create(cloud: RunningCloud, role: str, name: str, handler: str, **more: Any) -> Any:
    """A client, once there is the function."""
    settings = {
        "Environment": {"Variables": {"GREETING": "good day"}},
        "LoggingConfig": {"LogGroup": GROUP},
    }
    return functions.create(cloud, name, role=role, handler=handler, files=FILES, **settings | more)


def _invoke(cloud: RunningCloud, role: str, handler: str, event: Any = None) -> tuple[Any, dict[str, Any]]:
    """The payload and the whole answer of a function of its own."""
    timeout = 2 if handler == "sleeps" else 30
    client = _create(cloud, role, handler, f"shop.handlers.{handler}", Timeout=timeout)
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
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")
    assert any(line.endswith("Task timed out after 2.00 seconds") for line in _logged(cloud))
    assert "asleep" in _logged(cloud)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ("leaves", "Runtime exited with error: exit status 3"),
        ("exits", "Runtime exited without providing a reason"),
        ("killed", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_function_whose_process_ends_is_an_error(cloud: RunningCloud, role: str, handler: str, reason: str) -> None:
    payload, answer = _invoke(cloud, role, handler)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith(f"Error: {reason}")


@pytest.mark.parametrize(
    ("name", "handler", "kind", "words"),
    [
        # The words of https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py
        (
            "missing",
            "shop.handlers.nobody",
            "Runtime.HandlerNotFound",
            "Handler 'nobody' missing on module 'shop.handlers'",
        ),
        (
            "no-module",
            "shop.nowhere.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'shop.nowhere': No module named 'shop.nowhere'",
        ),
        (
            # What runs the function lies outside of it.
            "shadow",
            "shop.shadow.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'shop.shadow': No module named 'invocation'",
        ),
        ("no-dot", "handlers", "Runtime.MalformedHandlerName", "Bad handler 'handlers'"),
        ("wrong", "shop.wrong.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'shop.wrong'"),
        ("raises", "shop.raises.handler", "ZeroDivisionError", "at once"),
        ("unmarshalled", "shop.handlers.unmarshalled", "Runtime.MarshalError", "Unable to marshal response"),
    ],
)
def test_what_keeps_a_handler_from_answering_is_named(
    cloud: RunningCloud, role: str, name: str, handler: str, kind: str, words: str
) -> None:
    client = _create(cloud, role, f"named-{name}", handler)
    answer = client.invoke(FunctionName=f"named-{name}")
    payload = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == kind
    assert payload["errorMessage"].startswith(words)


def test_lambdas_variables_are_set_whatever_the_function_says(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    own = {"Variables": {"AWS_ENDPOINT_URL": "http://elsewhere", "OWN": "kept"}}
    client = _create(cloud, role, "variables", "shop.handlers.variables", Environment=own)
    found = json.loads(client.invoke(FunctionName="variables")["Payload"].read())
    assert (found["AWS_ENDPOINT_URL"], found["OWN"]) == (cloud.endpoint_url, "kept")
    assert found["_HANDLER"] == "shop.handlers.variables"
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == GROUP
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"] == found["stream"]
    assert re.fullmatch(r"\d{4}/\d{2}/\d{2}/\[\$LATEST\][0-9a-f]{32}", found["stream"])
    streams = cloud.client("logs", ACCOUNT).describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert found["stream"] in [stream["logStreamName"] for stream in streams]
    assert not [folder for folder in found["path"] if folder.endswith("lambda_")]


def test_code_that_is_no_archive_and_names_that_are_none_are_refused(cloud: RunningCloud, role: str) -> None:
    client = _create(cloud, role, "archived", "shop.handlers.echo")
    rest = {"Role": role, "Runtime": "python3.11", "Handler": "x.y", "Code": {"ZipFile": b"no archive"}}

    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*Could not unzip"):
        client.create_function(FunctionName="packed-wrong", **rest)
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*Could not unzip"):
        client.update_function_code(FunctionName="archived", ZipFile=b"no archive")
    with pytest.raises(ClientError, match=r"ValidationException.*functionName"):
        client.create_function(FunctionName="bad name!", **rest)

    assert client.invoke(FunctionName="archived")["StatusCode"] == 200


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_function_without_a_log_group_gets_one_if_its_role_may(cloud: RunningCloud, is_allowed: bool) -> None:
    name = f"without-group-{is_allowed}".lower()
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", *(["logs:CreateLogGroup"] if is_allowed else [])]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    role = make_role(cloud, name, [allowed], trust={"Service": "lambda.amazonaws.com"})
    client = _create(cloud, role, name, "shop.handlers.echo", LoggingConfig={})

    assert client.invoke(FunctionName=name)["StatusCode"] == 200

    found = cloud.client("logs", ACCOUNT).describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert len(found) == is_allowed


def test_reserved_variables_are_refused(cloud: RunningCloud, role: str) -> None:
    own = {"Variables": {"AWS_SESSION_TOKEN": "stolen", "AWS_REGION": "eu-west-1"}}
    with pytest.raises(ClientError, match=r"reserved keys .*: AWS_REGION, AWS_SESSION_TOKEN"):
        _create(cloud, role, "reserved", "shop.handlers.echo", Environment=own)
    client = _create(cloud, role, "reserved-later", "shop.handlers.echo")
    with pytest.raises(ClientError, match="reserved keys"):
        client.update_function_configuration(FunctionName="reserved-later", Environment=own)


@pytest.mark.parametrize(
    ("body", "event"), [(None, {}), (b"{}", {}), (b"null", None), (b"[1]", [1]), (b'"text"', "text")]
)
def test_an_event_is_any_json_value_and_an_empty_object_by_default(
    cloud: RunningCloud, role: str, body: bytes | None, event: Any
) -> None:
    name = f"given-{len(body or b'')}-{type(event).__name__}"
    client = _create(cloud, role, name, "shop.handlers.given")
    answer = client.invoke(FunctionName=name, **({} if body is None else {"Payload": body}))
    assert json.loads(answer["Payload"].read()) == {"event": event}


def test_a_payload_that_is_no_json_is_refused(cloud: RunningCloud, role: str) -> None:
    client = _create(cloud, role, "no-json", "shop.handlers.given")
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="no-json", Payload=b"{")


def test_a_missing_grant_is_named_by_the_function(cloud: RunningCloud, role: str) -> None:
    payload, _ = _invoke(cloud, role, "denied")
    assert "AccessDenied" in payload["errorMessage"]
    assert "s3:ListAllMyBuckets" in payload["errorMessage"]


def test_what_does_not_run_here_says_so(cloud: RunningCloud, role: str) -> None:
    client = _create(cloud, role, "ruby", "shop.handlers.echo", Runtime="ruby3.4")
    with pytest.raises(ClientError, match=r"NotEmulated.*the local cloud runs.*got runtime 'ruby3.4'"):
        client.invoke(FunctionName="ruby")


def test_there_are_no_layers(cloud: RunningCloud, role: str) -> None:
    content = {"ZipFile": functions.archive({"python/library.py": ""})}
    with pytest.raises(ClientError, match=r"NotEmulated.*lambda:PublishLayerVersion"):
        cloud.client("lambda", ACCOUNT).publish_layer_version(LayerName="library", Content=content)
    with pytest.raises(ClientError, match=r"NotEmulated.*Layers is not taken"):
        _create(
            cloud, role, "layered", "shop.handlers.echo", Layers=[f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:any:1"]
        )


def test_a_role_that_no_longer_trusts_lambda_runs_nothing(cloud: RunningCloud) -> None:
    role = make_role(cloud, "trusting", [], trust={"Service": "lambda.amazonaws.com"})
    client = _create(cloud, role, "trusting", "shop.handlers.given")
    client.invoke(FunctionName="trusting")
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("iam", ACCOUNT).update_assume_role_policy(RoleName="trusting", PolicyDocument=document)
    with pytest.raises(ClientError, match=r"AccessDenied.*sts:AssumeRole"):
        client.invoke(FunctionName="trusting")
