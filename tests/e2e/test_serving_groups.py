"""One deployment workflow serves several endpoints: models that share one, and models that each have their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cloud import api
from local_cloud.api import RunningCloud, Settings
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
    assert run.cause.startswith(f"{FIRST}-wrong: DeploymentNotProvenError; ")
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


def _answer(place: Place, model: str) -> float:
    return list(place.versions[model].answers.values())[-1]
