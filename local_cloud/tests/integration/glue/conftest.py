"""One server for the tests of Glue jobs; everything goes through boto3."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_cloud.kernel import interpreters

ACCOUNT = "111111111111"
BUCKET = "artifacts-glue-test"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


def poll(check: Callable[[], Any], *, seconds: float = 600) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.2)
    raise AssertionError(f"nothing within {seconds} s")


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("glue-state")


@pytest.fixture(scope="session")
def endpoint(state_dir: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (state_dir / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_cloud", "serve", "--port", str(port), "--state-dir", str(state_dir)],
            # Its first run is the first of its image.
            env={name: value for name, value in os.environ.items() if name != interpreters.SHARED},
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def is_up() -> bool:
        assert process.poll() is None, (state_dir / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5):  # our own server
                return True
        except OSError:
            return False

    try:
        poll(is_up, seconds=300)
        yield url
        log_text = (state_dir / "server.log").read_text()
        assert process.poll() is None, f"the server ended by itself with {process.returncode}: {log_text}"
    finally:
        process.terminate()
        process.wait(20)


class Cloud:
    """Clients of the account's root, and what every test needs of Glue."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self.glue = self.client("glue")
        self.s3 = self.client("s3")
        self.iam = self.client("iam")
        self.logs = self.client("logs")

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # the service name is not a literal here
            service,
            endpoint_url=self._endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="any",
        )

    def role(self, name: str, statements: list[dict[str, Any]]) -> str:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
        arn: str = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        document = {"Version": "2012-10-17", "Statement": statements}
        self.iam.put_role_policy(RoleName=name, PolicyName="job", PolicyDocument=json.dumps(document))
        return arn

    def job(self, name: str, script: str, *, role: str, **settings: Any) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=f"scripts/{name}.py", Body=script.encode())
        command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/scripts/{name}.py"}
        self.glue.create_job(
            **{"Name": name, "Role": role, "Command": command, "GlueVersion": "5.1", "Timeout": 5} | settings
        )
        return name

    def run(self, name: str, arguments: dict[str, str] | None = None) -> dict[str, Any]:
        run_id = self.glue.start_job_run(JobName=name, Arguments=arguments or {})["JobRunId"]
        return self.wait(name, run_id)

    def wait(self, name: str, run_id: str, states: tuple[str, ...] = ENDED) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            return run if run["JobRunState"] in states else None

        found: dict[str, Any] = poll(ended)
        return found

    def keys(self, prefix: str) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]


@pytest.fixture(scope="session")
def cloud(endpoint: str) -> Cloud:
    found = Cloud(endpoint)
    found.s3.create_bucket(Bucket=BUCKET)
    return found


def grants(*, without: str = "") -> list[dict[str, Any]]:
    """What the job's role needs; one action can be left out."""
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
    return [
        {
            "Effect": "Allow",
            "Action": [action for action in actions if action != without],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        },
    ]


@pytest.fixture(scope="session")
def role(cloud: Cloud) -> str:
    return cloud.role("glue-job", grants())
