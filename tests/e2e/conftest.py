"""The sandbox stack, deployed by the real CDK CLI into a local cloud of its own."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cloud import lifecycle
from local_cloud.lifecycle import RunningCloud
from local_cloud.settings import Settings
from perennial import datasets
from perennial.cdk import Cdk
from tests.conftest import ROOT

ACCOUNT = "111111111111"
REGION = "us-east-1"
_DEADLINE_SECONDS = 420


@dataclass(frozen=True, kw_only=True)
class Run:
    """An execution that has ended.

    Args:
        arn: of the execution.
        status: SUCCEEDED or FAILED.
        error: error name of a failed one.
        cause: its cause.
        output: of one that succeeded.
        states: names in the order they were entered.
    """

    arn: str
    status: str
    error: str
    cause: str
    output: dict[str, Any]
    states: list[str]


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The deployed stack.

    Args:
        cloud: where it is.
        cdk: the CLI, pointed at it.
        assembly: what was deployed.
        outputs: of the stack.
    """

    cloud: RunningCloud
    cdk: Cdk
    assembly: Path
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        """boto3 as the account's root."""
        return self.cloud.client(service, ACCOUNT)

    def upload(self, model: str, file: Path) -> None:
        """Put one raw file where the model's ETL reads, in place of all others."""
        s3, bucket = self.client("s3"), self.outputs["ArtifactBucketName"]
        for entry in s3.list_objects_v2(Bucket=bucket, Prefix=f"raw/{model}/").get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
        s3.upload_file(str(file), bucket, f"raw/{model}/{file.name}")

    def run(self, model: str) -> Run:
        """Start a run by hand and wait for its end."""
        arn = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["RetrainingStateMachineArn"], input=json.dumps({"model": model})
        )["executionArn"]
        return self.wait(arn)

    def wait(self, arn: str) -> Run:
        """Wait for the end of an execution."""
        client, end = self.client("stepfunctions"), time.monotonic() + _DEADLINE_SECONDS
        while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < end, f"{arn} still runs"
            time.sleep(0.5)
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]
        return Run(
            arn=arn,
            status=found["status"],
            error=found.get("error", ""),
            cause=found.get("cause", ""),
            output=json.loads(found.get("output") or "{}"),
            states=entered,
        )

    def leases(self) -> list[str]:
        """Keys of the leases that are held."""
        items = self.client("dynamodb").scan(TableName=self.outputs["StateTableName"])["Items"]
        return [item["pk"]["S"] for item in items if item["pk"]["S"].startswith("lease#")]


@pytest.fixture(scope="session")
def sandbox(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("cloud")
    with lifecycle.start(Settings(state_dir=folder / "state", port=0)) as cloud:
        cdk = Cdk(
            root=ROOT,
            environment=cloud.environment(ACCOUNT, REGION),
            log=folder / "cdk.log",
        )
        outputs = folder / "outputs.json"
        cdk.run("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", str(assembly))
        cdk.run(
            "deploy",
            "PerennialSandbox",
            "--require-approval",
            "never",
            "--app",
            str(assembly),
            "--outputs-file",
            str(outputs),
        )
        stack = json.loads(outputs.read_text(encoding="utf-8"))["PerennialSandbox"]
        yield Sandbox(cloud=cloud, cdk=cdk, assembly=assembly, outputs=stack)


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of flights, thinned out."""
    return datasets.write_flights(tmp_path_factory.mktemp("flights"), sample_rows=20_000)


@pytest.fixture(scope="session")
def deployed(sandbox: Sandbox, flights: Path) -> Run:
    """A run that went through to the endpoint."""
    sandbox.upload("flight-delay", flights)
    return sandbox.run("flight-delay")
