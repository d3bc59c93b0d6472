"""Environments that serve one invocation after another.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.lambda_ import functions
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.processes import runs
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

GROUP = "/custom/environments"
CODE = """
import os
import sys
import tempfile
import time
from pathlib import Path

import boto3

served = 0


def handler(event, context):
    global served
    served += 1
    note = Path(tempfile.gettempdir()) / "note"
    found = note.read_text() if note.exists() else ""
    note.write_text(event.get("note", found))
    print("asked for", event.get("line"))
    if event.get("end"):
        os._exit(1)
    if event.get("fail"):
        raise RuntimeError("as told")
    if "meet" in event:
        deadline = time.monotonic() + 20
        Path(event["meet"], str(os.getpid())).touch()
        while len(list(Path(event["meet"]).iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    time.sleep(event.get("sleep", 0))
    return {
        "pid": os.getpid(),
        "served": served,
        "request": context.aws_request_id,
        "stream": context.log_stream_name,
        "note": found,
        "colour": os.environ.get("COLOUR"),
        "input": sys.stdin.read(),
        "size": len(event.get("text", "")),
        "text": "x" * event.get("answer", 0),
        "who": boto3.client("sts").get_caller_identity()["Arn"] if event.get("who") else "",
    }
"""


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("logs", ACCOUNT).create_log_group(logGroupName=GROUP)
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    return make_role(cloud, "environments", [statement], trust={"Service": "lambda.amazonaws.com"})


@pytest.fixture
def name(cloud: RunningCloud, role: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A function of the test's own, so that no environment is warm."""
    name = str(request.node.name)[:60].rstrip("_")
    client = _create(cloud, role, name, LoggingConfig={"LogGroup": GROUP})
    yield name
    client.delete_function(FunctionName=name)


def _create(cloud: RunningCloud, role: str, name: str, **more: Any) -> Any:
    """A client, once there is the function."""
    return functions.create(cloud, name, role=role, handler="counting.handler", files={"counting.py": CODE}, **more)


def _invoke(cloud: RunningCloud, name: str, **event: Any) -> dict[str, Any]:
    answer = cloud.client("lambda", ACCOUNT).invoke(FunctionName=name, Payload=json.dumps(event))
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def test_the_next_invocation_finds_what_the_last_one_kept(cloud: RunningCloud, name: str) -> None:
    first = _invoke(cloud, name, note="kept")
    second = _invoke(cloud, name)
    assert (first["served"], first["note"]) == (1, "")
    assert (second["served"], second["note"]) == (2, "kept")
    assert (second["pid"], second["stream"]) == (first["pid"], first["stream"])
    assert second["request"] != first["request"]


def test_an_error_of_the_handler_does_not_end_its_environment(cloud: RunningCloud, name: str) -> None:
    assert _invoke(cloud, name, fail=True)["errorType"] == "RuntimeError"
    assert _invoke(cloud, name)["served"] == 2


def test_an_invocation_logs_its_own_lines_to_its_environments_stream(cloud: RunningCloud, name: str) -> None:
    stream = _invoke(cloud, name, line="Ada")["stream"]
    _invoke(cloud, name, line="Bea")
    events = cloud.client("logs", ACCOUNT).get_log_events(logGroupName=GROUP, logStreamName=stream)["events"]
    lines = [event["message"] for event in events]
    assert [line for line in lines if line.startswith("asked for")] == ["asked for Ada", "asked for Bea"]
    assert [line.split()[0] for line in lines] == ["START", "asked", "END", "REPORT"] * 2


def test_an_environment_whose_process_ended_is_replaced(cloud: RunningCloud, name: str) -> None:
    assert _invoke(cloud, name, note="lost", end=True)["errorType"] == "Runtime.ExitError"
    found = _invoke(cloud, name)
    assert (found["served"], found["note"]) == (1, "")


def test_an_environment_that_was_killed_while_it_was_idle_is_replaced(cloud: RunningCloud, name: str) -> None:
    pid = _invoke(cloud, name)["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not runs(pid) or None)
    assert _invoke(cloud, name)["served"] == 1


def test_an_environment_is_gone_after_a_timeout(cloud: RunningCloud, name: str) -> None:
    first = _invoke(cloud, name)
    client = cloud.client("lambda", ACCOUNT)
    client.update_function_configuration(FunctionName=name, Timeout=1)
    assert _invoke(cloud, name, sleep=60)["errorType"] == "Sandbox.Timedout"
    client.update_function_configuration(FunctionName=name, Timeout=30)
    second = _invoke(cloud, name)
    assert second["served"] == 1
    assert second["pid"] != first["pid"]
    assert not runs(first["pid"])


def test_a_new_configuration_gets_a_new_environment(cloud: RunningCloud, name: str) -> None:
    _invoke(cloud, name)
    variables = {"Variables": {"COLOUR": "green"}}
    cloud.client("lambda", ACCOUNT).update_function_configuration(FunctionName=name, Environment=variables)
    found = _invoke(cloud, name)
    assert (found["served"], found["colour"]) == (1, "green")


def test_new_code_gets_a_new_environment(cloud: RunningCloud, name: str) -> None:
    _invoke(cloud, name)
    code = functions.archive({"counting.py": "def handler(event, context):\n    return {'new': True}\n"})
    cloud.client("lambda", ACCOUNT).update_function_code(FunctionName=name, ZipFile=code)
    assert _invoke(cloud, name) == {"new": True}


def test_another_function_with_the_same_code_has_its_own(cloud: RunningCloud, role: str, name: str) -> None:
    _invoke(cloud, name)
    other = f"{name}-b"
    _create(cloud, role, other)
    found = _invoke(cloud, other, who=True)
    assert found["served"] == 1
    assert found["who"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/environments/{other}"


def test_invocations_at_a_time_have_an_environment_each(cloud: RunningCloud, name: str, tmp_path: Path) -> None:
    found: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: found.append(_invoke(cloud, name, meet=str(tmp_path)))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["pid"] for answer in found}) == 2
    assert _invoke(cloud, name)["pid"] in {answer["pid"] for answer in found}


def test_events_and_answers_may_be_as_large_as_lambda_allows(cloud: RunningCloud, name: str) -> None:
    # 6 MB each: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    found = _invoke(cloud, name, text="y" * 5_900_000, answer=5_900_000)
    assert (found["size"], len(found["text"])) == (5_900_000, 5_900_000)


def test_a_function_has_no_input_but_its_event(cloud: RunningCloud, name: str) -> None:
    assert _invoke(cloud, name)["input"] == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_environment_outlives_its_server(tmp_path: Path, number: signal.Signals) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        role = make_role(cloud, "environments", [], trust={"Service": "lambda.amazonaws.com"})
        _create(cloud, role, "left")
        pid = _invoke(cloud, "left")["pid"]
        assert runs(pid)
        os.kill(cloud.pid, number)
        until(lambda: not runs(pid) or None)


def test_only_so_many_environments_are_kept(cloud: RunningCloud, role: str) -> None:
    pids = []
    for number in range(18):
        _create(cloud, role, f"many-{number}")
        pids.append(_invoke(cloud, f"many-{number}")["pid"])
    assert [pid for pid in pids if runs(pid)] == pids[-16:]
