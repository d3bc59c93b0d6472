"""One deployment workflow serves several endpoints: models that share one, and models that each have their own."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from perennial.account import facts
from perennial.account.aws import Aws
from perennial.account.verdict import verdict
from perennial.commands import smoke, status
from perennial.drawing import picture
from tests.faults import deployed
from tests.faults.deployed import Small
from tests.faults.observation import Account, Run
from tests.faults.registered import REQUEST, Registry

FIRST = "perennial-sandbox"
SHARED = (Small(name="sums"), Small(name="shares"))
ALONE = (Small(name="alone", alone=True), Small(name="wrong", alone=True))


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account with three endpoints.

    Args:
        cloud: where it is.
        account: the account.
        versions: registered ones by model.
        folder: of its assemblies.
    """

    cloud: RunningCloud
    account: Account
    versions: dict[str, Registry]
    folder: Path

    def deploy(self, **given: Any) -> Run:
        """One execution of the deployment workflow, to its end."""
        name = f"deploy-{len(self.executions())}"
        return self.account.wait(self.account.start("DeploymentStateMachineArn", given, name=name))

    def executions(self) -> list[str]:
        """ARNs of all executions so far, newest first."""
        found = self.account.client("stepfunctions").list_executions(
            stateMachineArn=self.account.outputs["DeploymentStateMachineArn"]
        )
        return [item["executionArn"] for item in found["executions"]]

    def session(self) -> boto3.Session:
        """As the account's root."""
        found = self.cloud.environment(self.account.account_id)
        return boto3.Session(
            aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
            region_name=deployed.REGION,
        )

    def ask(self, endpoint: str, **target: str) -> float:
        """What an endpoint says."""
        answer = self.account.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Accept="text/csv", Body=REQUEST, **target
        )
        return float(answer["Body"].read())

    def container(self, endpoint: str) -> dict[str, Any]:
        """What serves behind an endpoint."""
        client = self.account.client("sagemaker")
        config = client.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
        (variant,) = client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        return dict(client.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("groups")
    stack, _ = deployed.synthesise(folder / "assembly", [*SHARED, *ALONE], serving=["222222222222"])
    with api.start(Settings(state_dir=folder / "state", port=0, time_scale=20)) as cloud:
        outputs = deployed.deploy(cloud, folder / "assembly", stack, deployed.SANDBOX)
        account = Account(cloud, deployed.SANDBOX, outputs)
        account.prepare()
        models = [*SHARED, *ALONE]
        versions = {small.name: Registry(account, small.name, readers=["222222222222"]) for small in models}
        for name, registry in versions.items():
            registry.want(registry.add(rounds=3, answers_wrongly=name == "wrong"))
        yield Place(cloud=cloud, account=account, versions=versions, folder=folder)


def test_one_endpoint_that_fails_leaves_the_others_alone(place: Place) -> None:
    run = place.deploy(reason="test")
    assert (run.status, run.error) == ("FAILED", "EndpointsFailed"), (run.cause, run.states)
    assert run.cause.startswith(f"{FIRST}-wrong: DeploymentNotProvenError in arn:aws:states:")
    # It and one for each endpoint, whose names tell which.
    names = sorted(arn.rpartition(":")[2] for arn in place.executions())
    assert [name.rpartition("-")[0].rpartition("-")[0] for name in names[1:]] == [
        FIRST,
        f"{FIRST}-alone",
        f"{FIRST}-wrong",
    ]
    assert place.ask(FIRST, TargetModel="sums.tar.gz") == pytest.approx(_answer(place, "sums"))
    assert place.ask(f"{FIRST}-alone") == pytest.approx(_answer(place, "alone"))
    assert place.account.leases() == {}
    # What was never proven does not serve.
    client = place.account.client("sagemaker")
    assert {item["EndpointName"] for item in client.list_endpoints()["Endpoints"]} == {FIRST, f"{FIRST}-alone"}


def test_each_endpoint_has_what_serves_its_models(place: Place) -> None:
    shared, alone = place.container(FIRST), place.container(f"{FIRST}-alone")
    assert shared["Mode"] == "MultiModel"
    assert shared["ModelDataUrl"].rpartition("/")[0].rpartition("/")[0].endswith("/deployments")
    assert alone.get("Mode") != "MultiModel"
    assert f"/deployments/{FIRST}-alone/" in alone["ModelDataUrl"]
    assert alone["ModelDataUrl"].endswith("/alone.tar.gz")


def test_a_further_endpoint_is_logged_and_watched_like_the_first_one(place: Place) -> None:
    logs, cloudwatch = place.account.client("logs"), place.account.client("cloudwatch")
    groups = {
        item["logGroupName"]: item
        for item in logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Endpoints/")["logGroups"]
    }
    first, alone = (groups[f"/aws/sagemaker/Endpoints/{name}"] for name in (FIRST, f"{FIRST}-alone"))
    assert (alone["retentionInDays"], alone["kmsKeyId"]) == (first["retentionInDays"], first["kmsKeyId"])
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{FIRST}-alone-")["MetricAlarms"]
    assert [item["AlarmName"].removeprefix(f"{FIRST}-alone-") for item in alarms] == ["errors", "latency", "unapproved"]
    assert all(item["AlarmActions"] == [place.account.outputs["NotificationTopicArn"]] for item in alarms)


def test_a_version_that_is_rejected_is_taken_back_at_its_own_endpoint(place: Place) -> None:
    registry = place.versions["alone"]
    (before,) = registry.answers
    newer = registry.add(rounds=5)
    registry.want(newer)
    run = place.deploy(model="alone")
    assert (run.output["endpoint"], run.output["outcome"], run.output["changes"]) == (
        f"{FIRST}-alone",
        "deployed",
        {"alone": "1 -> 2"},
    )
    assert place.ask(f"{FIRST}-alone") == pytest.approx(registry.answers[newer])
    registry.want(before)
    run = place.deploy(reason="approval", model_package=newer)
    assert (run.output["outcome"], run.output["changes"]) == ("restored", {"alone": "2 -> 1"})
    assert place.ask(f"{FIRST}-alone") == pytest.approx(registry.answers[before])


def test_the_command_tells_of_every_endpoint_and_proves_it(place: Place) -> None:
    aws = Aws(place.session(), endpoint_url=place.cloud.endpoint_url)
    stack = aws.stack("Training")
    console = Console(file=io.StringIO(), width=80)
    smoke.prove(aws, stack, console=console)
    status.show(aws, replace(stack, retraining_arn=None), models=[], console=console)
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert f"endpoint {FIRST} is InService and serves 2 models" in said
    assert f"endpoint {FIRST}-alone is InService and serves 1 models" in said
    assert f"endpoint {FIRST}-alone: InService" in said
    failed = facts.run(aws, place.executions()[-1])
    assert verdict(failed).startswith(f"failed: EndpointsFailed: {FIRST}-wrong: DeploymentNotProvenError in arn:aws:")
    assert "Deploy to Each Endpoint" in picture.of(failed)


def _answer(place: Place, model: str) -> float:
    return list(place.versions[model].answers.values())[-1]
