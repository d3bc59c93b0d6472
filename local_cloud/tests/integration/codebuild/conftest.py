"""One server a worker for these tests, and a role that may do what a build of CDK Pipelines may."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

TRUST = {"Service": "codebuild.amazonaws.com"}
LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
STANDARD = "aws/codebuild/standard:7.0"
VERSION = "2.1148.1"


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Node packages with one in it, whose program says its version."""
    folder = tmp_path_factory.mktemp("seed")
    package = folder / "aws-cdk"
    package.mkdir()
    description = {"name": "aws-cdk", "version": VERSION, "bin": {"cdk": "cdk.sh"}}
    (package / "package.json").write_text(json.dumps(description), encoding="utf-8")
    (package / "cdk.sh").write_text(f"#!/bin/sh\necho {VERSION}\n", encoding="utf-8")
    (package / "cdk.sh").chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Iterator[RunningCloud]:
    settings = Settings(state_dir=tmp_path_factory.mktemp("state"), port=0, node_modules=node_modules)
    with lifecycle.start(settings) as running:
        running.client("s3", ACCOUNT).create_bucket(Bucket="builds")
        yield running


@pytest.fixture(scope="session")
def role(cloud: RunningCloud) -> str:
    everything = {"Effect": "Allow", "Action": ["s3:*", "ssm:*", "secretsmanager:*", "sts:*"], "Resource": "*"}
    return make_role(cloud, "builder", [LOGS, everything], trust=TRUST)


def create(
    cloud: RunningCloud, name: str, spec: Mapping[str, Any] | str | None, role: str, **more: Any
) -> dict[str, Any]:
    """A project without a source, unless told otherwise."""
    text = spec if isinstance(spec, str) or spec is None else json.dumps(spec)
    definition: dict[str, Any] = {
        "source": {"type": "NO_SOURCE"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": STANDARD,
            "computeType": "BUILD_GENERAL1_SMALL",
            "privilegedMode": False,
        },
        "serviceRole": role,
        **more,
    }
    if text is not None:
        definition["source"] = {**definition["source"], "buildspec": text}
    return dict(cloud.client("codebuild", ACCOUNT).create_project(name=name, **definition)["project"])


def start(cloud: RunningCloud, name: str, **overrides: Any) -> str:
    """Start a build; gives its id."""
    return str(cloud.client("codebuild", ACCOUNT).start_build(projectName=name, **overrides)["build"]["id"])


def look(cloud: RunningCloud, build_id: str) -> dict[str, Any]:
    """BatchGetBuilds of one."""
    (found,) = cloud.client("codebuild", ACCOUNT).batch_get_builds(ids=[build_id])["builds"]
    return dict(found)


def ended(cloud: RunningCloud, build_id: str) -> dict[str, Any]:
    """A build once it has ended."""
    return until(lambda: found if (found := look(cloud, build_id))["buildComplete"] else None)


def run(cloud: RunningCloud, name: str, spec: Mapping[str, Any] | str | None, role: str, **more: Any) -> dict[str, Any]:
    """Make a project and run one build of it."""
    create(cloud, name, spec, role, **more)
    return ended(cloud, start(cloud, name))


def commands(**phases: Any) -> dict[str, Any]:
    """A specification with the commands of its phases."""
    return {
        "version": "0.2",
        "phases": {name: {"commands": value} if isinstance(value, list) else value for name, value in phases.items()},
    }


def log(cloud: RunningCloud, build: Mapping[str, Any]) -> str:
    """What CloudWatch Logs has of a build."""
    where = build["logs"]
    events = cloud.client("logs", ACCOUNT).get_log_events(
        logGroupName=where["groupName"], logStreamName=where["streamName"], startFromHead=True
    )["events"]
    return "".join(event["message"] for event in events)


def output(cloud: RunningCloud, build: Mapping[str, Any]) -> list[str]:
    """What its commands wrote."""
    return [line for line in log(cloud, build).splitlines() if not line.startswith("[Container]")]


def statuses(build: Mapping[str, Any]) -> dict[str, str]:
    """The phases that a build entered, and how each ended."""
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


def context(build: Mapping[str, Any], phase: str) -> tuple[str, str]:
    """Why a phase failed."""
    (found,) = [item["contexts"][0] for item in build["phases"] if item["phaseType"] == phase]
    return found["statusCode"], found["message"]
