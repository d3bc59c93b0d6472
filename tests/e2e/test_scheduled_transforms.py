"""Files that a model answers by its schedule: the dispatcher starts the workflow, and the approved version answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contract import keys
from contract.history import Kind
from contract.names import MODEL_TAG
from local_cloud import api
from local_cloud.api import Settings
from tests.faults import deployed
from tests.faults.deployed import Small
from tests.faults.observation import Account, Run
from tests.faults.registered import REQUEST, Registry

MODEL, _READER = "sums", "222222222222"
_MACHINE = "BatchTransformStateMachineArn"
_FILES, _ANSWERS = f"transforms/{MODEL}/new/", f"transforms/{MODEL}/answers/"


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account with one model.

    Args:
        account: the account.
        versions: of the model.
    """

    account: Account
    versions: Registry

    def upload(self, name: str, content: str) -> None:
        """A file to be answered."""
        bucket = self.account.outputs["ArtifactBucketName"]
        self.account.client("s3").put_object(Bucket=bucket, Key=f"{_FILES}{name}", Body=content.encode())

    def remove(self, name: str) -> None:
        """Take a file away."""
        self.account.client("s3").delete_object(
            Bucket=self.account.outputs["ArtifactBucketName"], Key=f"{_FILES}{name}"
        )

    def answers(self, name: str) -> str:
        """What a file was answered."""
        found = self.account.client("s3").get_object(
            Bucket=self.account.outputs["ArtifactBucketName"], Key=f"{_ANSWERS}{name}.out"
        )
        return str(found["Body"].read().decode())

    def run(self, name: str, **given: Any) -> Run:
        """One run, to its end."""
        return self.account.wait(self.account.start(_MACHINE, {"model": MODEL, **given}, name=name))

    def tick(self) -> dict[str, Any]:
        """What the schedule calls, at noon, when the model is due to answer and not to be retrained."""
        client = self.account.client("lambda")
        (name,) = [
            item["FunctionName"]
            for item in client.list_functions()["Functions"]
            if item["Handler"].startswith("retraining.handlers.dispatch_retraining.")
        ]
        called = client.invoke(
            FunctionName=name, Payload=json.dumps({"scheduled_time": "2026-03-02T12:00:00Z"}).encode()
        )
        assert "FunctionError" not in called, called["Payload"].read()
        return dict(json.loads(called["Payload"].read()))

    def executions(self) -> list[str]:
        """ARNs of all executions so far, newest first."""
        found = self.account.client("stepfunctions").list_executions(stateMachineArn=self.account.outputs[_MACHINE])
        return [item["executionArn"] for item in found["executions"]]

    def sagemaker_models(self) -> list[str]:
        """Names of those that answer files."""
        found = self.account.client("sagemaker").list_models(NameContains="-transform-")["Models"]
        return [item["ModelName"] for item in found]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("transforms")
    stack, _ = deployed.synthesise(folder / "assembly", [Small(name=MODEL, answers=True)], serving=[_READER])
    with api.start(Settings(state_dir=folder / "state", port=0)) as cloud:
        account = Account(cloud, deployed.SANDBOX, deployed.deploy(cloud, folder / "assembly", stack, deployed.SANDBOX))
        account.prepare()
        yield Place(account=account, versions=Registry(account, MODEL, readers=[_READER]))


def test_nothing_is_done_before_a_version_may_answer(place: Place) -> None:
    place.upload("a.csv", f"{REQUEST}\n")
    place.versions.add(rounds=2)
    run = place.run("early")
    assert (run.status, run.output.get("outcome")) == ("SUCCEEDED", "no version may answer"), run.cause
    assert place.account.leases() == {}


def test_what_is_due_is_answered_by_the_approved_version_and_only_once(place: Place) -> None:
    version = place.versions.add(rounds=3)
    place.versions.want(version)
    assert place.tick()["transforming"] == [MODEL]
    (arn, _) = place.executions()
    run = place.account.wait(arn)
    assert run.status == "SUCCEEDED", (run.cause, run.states)
    assert (run.output["outcome"], run.output.get("version")) == ("answered", version)
    request, _, answer = place.answers("a.csv").rstrip("\n").rpartition(",")
    assert request == REQUEST
    assert float(answer) == pytest.approx(place.versions.answers[version], rel=1e-6)
    # The job is tagged, its model is gone, the lease is free, and the history tells of it.
    client = place.account.client("sagemaker")
    (job,) = client.list_transform_jobs()["TransformJobSummaries"]
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=job["TransformJobArn"])["Tags"]}
    assert tags[MODEL_TAG] == MODEL
    assert place.sagemaker_models() == []
    assert place.account.leases() == {}
    (row,) = place.account.rows(Kind.TRANSFORM, MODEL)
    assert (row["transform_job"]["S"], row["version"]["S"]) == (job["TransformJobName"], version)

    again = place.run("again")
    assert (again.status, again.output["outcome"]) == ("SUCCEEDED", "nothing new")
    assert len(client.list_transform_jobs()["TransformJobSummaries"]) == 1


def test_a_file_that_cannot_be_answered_is_told_and_tried_again(place: Place) -> None:
    place.upload("b.csv", "x,y,z\n")
    before = place.account.state_item(keys.TRANSFORMED.of(MODEL))
    run = place.run("broken")
    assert run.status == "FAILED"
    (message,) = place.account.notifications(run.arn)
    assert message["Subject"] == f"perennial: batch transform of {MODEL} failed"
    assert place.account.leases() == {}
    failed = [row for row in place.account.rows(Kind.TRANSFORM, MODEL) if "error" in row]
    assert [row["execution"]["S"] for row in failed] == [run.arn]
    # Nothing is forgotten: the same files are new to the next run, which also removes what this one left.
    assert place.account.state_item(keys.TRANSFORMED.of(MODEL)) == before
    assert len(place.sagemaker_models()) == 1
    place.remove("b.csv")
    place.upload("c.csv", f"{REQUEST}\n")
    run = place.run("mended")
    assert (run.status, run.output.get("outcome")) == ("SUCCEEDED", "answered"), run.cause
    assert place.answers("c.csv") == place.answers("a.csv")
    assert place.sagemaker_models() == []
