"""What a data scientist's shell knows: the variables of `python -m local_cloud env`, and a way to no other machine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.api import RunningCloud
from local_cloud.kernel import source
from local_cloud.testing.roles import ACCOUNT, make_role

_HERE = Path(__file__).parent
_ROOT = Path(__file__).parents[4]
# Nobody listens there, so that what would leave the machine fails at once.
_NOBODY = "http://127.0.0.1:9"
_PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOBODY)
# What the SDK's documentation asks of an execution role, and what the SDK v3 looks for in one before it trains.
_ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "ec2:*",
    "sagemaker:*",
    "iam:PassRole",
    "kms:*",
]

Client = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    statement = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
    return make_role(cloud, "scientist", [statement], trust={"Service": "sagemaker.amazonaws.com"})


@pytest.fixture(scope="module")
def client(cloud: RunningCloud, role: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Run a script beside this file by the Python of an SDK; returns what it printed last, which is JSON."""

    def run(environment: str, script: str) -> dict[str, Any]:
        python = _ROOT / environment / "bin" / "python"
        assert python.exists(), f"{python} is missing, run `make test-local-cloud`"
        asked = f"{sys.executable} -m local_cloud env --account {ACCOUNT} --state-dir {cloud.settings.state_dir}"
        home = tmp_path_factory.mktemp("home")
        variables = f"PYTHONPATH={source.ROOT} {asked}"
        finished = subprocess.run(
            ["/bin/sh", "-c", f'eval "$({variables})" && exec "$0" "$@"', str(python), str(_HERE / script), role],
            env={"PATH": os.environ["PATH"], "HOME": str(home), "NO_PROXY": "127.0.0.1", **_PROXIES},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
        assert finished.returncode == 0, finished.stdout[-5000:] + finished.stderr[-5000:]
        told: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
        return told

    return run
