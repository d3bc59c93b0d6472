"""How the demo waits for what was decided to be served."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from typing_extensions import override

from contract import keys
from contract.history import Kind
from contract.manifest import Manifest, ServedModel
from perennial.account import records
from perennial.account.aws import Aws
from perennial.account.cdk import Cdk
from perennial.account.stack import Stack
from perennial.demo import account
from perennial.demo.account import Account
from perennial.errors import OperatorError
from tests.integration.perennial.conftest import MODEL

WANTED = {MODEL: "arn:version/2"}


class Deployed(Aws):
    """An account whose endpoint serves version 2, and whose stack needs no CloudFormation."""

    def __init__(self, session: boto3.Session, stack: Stack) -> None:
        super().__init__(session)
        self._stack = stack
        self.described: list[dict[str, Any]] = []

    @override
    def stack(self, name: str) -> Stack:
        return self._stack

    @override
    def endpoint(self, name: str) -> dict[str, Any]:
        if self.described:
            return self.described.pop(0)
        return {"EndpointStatus": "InService", "EndpointConfigName": "c"}


@pytest.fixture
def moves() -> list[timedelta]:
    return []


@pytest.fixture
def prod(aws: Aws, stack: Stack, tmp_path: Path, moves: list[timedelta]) -> Account:
    client = aws.client("sagemaker")
    client.create_model(
        ModelName="m",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        PrimaryContainer={"Image": "i", "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/d/"},
    )
    client.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[
            {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
    )
    served = ServedModel(
        model_package_arn=WANTED[MODEL], source="s3://bucket/m", digest="", golden_request="1", golden_answer=1
    )
    manifest = json.dumps(Manifest(deployment_id="d", models={MODEL: served}).as_dict())
    aws.client("s3").put_object(Bucket="bucket", Key="d/manifest.json", Body=manifest)
    return Account(
        name="prod",
        account_id="333333333333",
        stack_name="PerennialProd",
        aws=Deployed(aws._session, stack),
        cdk=Cdk(root=tmp_path, environment={}, log=tmp_path / "log"),
        pass_time=moves.append,
        skip_pauses=lambda: None,
    )


def _record(prod: Account, *, moment: str, versions: dict[str, str], endpoint: str = "") -> str:
    """A deployment that succeeded, as moto's executions do; to the first endpoint unless another one is named."""
    stack = prod.stack
    execution = prod.aws.start(stack.deployment_arn, payload="{}")
    prod.aws.client("stepfunctions").stop_execution(executionArn=execution)
    values = {
        "execution": execution,
        "versions": versions,
        "recorded_at": "2026-01-01T00:00:00Z",
        "action": "deployed",
        "changes": {MODEL: "1 -> 2"},
    }
    subject = endpoint or stack.endpoint
    records.append(prod.aws, "history", kind=Kind.DEPLOYMENT, subject=subject, moment=moment, values=values)
    return execution


@pytest.fixture
def succeeding(monkeypatch: pytest.MonkeyPatch) -> None:
    described = Aws.execution

    def execution(self: Aws, arn: str) -> Any:
        return type(described(self, arn))(**{**vars(described(self, arn)), "status": "SUCCEEDED", "output": "{}"})

    monkeypatch.setattr(Aws, "execution", execution)


@pytest.mark.usefixtures("succeeding")
def test_what_serves_is_awaited_with_the_execution_that_brought_it(prod: Account) -> None:
    since = prod.mark()
    execution = _record(prod, moment="2", versions=WANTED)
    found = prod.await_serving(WANTED, since=since)
    assert found.serving.versions == WANTED
    assert (found.action, found.changes) == ("deployed", {MODEL: "1 -> 2"})
    assert found.run.execution.arn == execution


@pytest.mark.usefixtures("succeeding")
def test_an_older_deployment_of_the_same_versions_does_not_count(
    prod: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(prod, moment="2", versions=WANTED)
    monkeypatch.setattr(account, "_SERVE_SECONDS", 0.01)
    with pytest.raises(OperatorError, match=r"waited 0.01 s for prod to serve flight-delay 2, in vain"):
        prod.await_serving(WANTED, since=prod.mark())


@pytest.mark.usefixtures("succeeding")
def test_several_endpoints_are_awaited_together(prod: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    since, first = prod.mark(), prod.stack.endpoint
    wanted = {first: WANTED, "other": WANTED}
    executions = {first: _record(prod, moment="2", versions=WANTED)}
    with monkeypatch.context() as patch:
        patch.setattr(account, "_SERVE_SECONDS", 0.01)
        with pytest.raises(OperatorError, match=r"prod to serve flight-delay 2, flight-delay 2, in vain"):
            prod.await_endpoints(wanted, since=since)
    executions["other"] = _record(prod, moment="2", versions=WANTED, endpoint="other")
    found = prod.await_endpoints(wanted, since=since)
    assert {name: delivery.run.execution.arn for name, delivery in found.items()} == executions


@pytest.mark.usefixtures("succeeding")
def test_an_older_deployment_to_another_endpoint_does_not_count_either(
    prod: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = {"pk": {"S": keys.ENDPOINTS}, "endpoints": {"L": [{"S": "other"}]}}
    prod.aws.client("dynamodb").put_item(TableName=prod.stack.table, Item=item)
    _record(prod, moment="2", versions=WANTED, endpoint="other")
    monkeypatch.setattr(account, "_SERVE_SECONDS", 0.01)
    with pytest.raises(OperatorError, match=r"waited 0.01 s for prod to serve flight-delay 2, in vain"):
        prod.await_endpoints({"other": WANTED}, since=prod.mark())


@pytest.mark.usefixtures("succeeding")
def test_a_canary_s_wait_passes_on_the_virtual_clock(prod: Account, moves: list[timedelta]) -> None:
    baking = {"PendingDeploymentSummary": {"ProductionVariants": [{"VariantStatus": [{"Status": "Baking"}]}]}}
    assert isinstance(prod.aws, Deployed)
    prod.aws.described = [baking]
    since = prod.mark()
    _record(prod, moment="2", versions=WANTED)
    prod.await_serving(WANTED, since=since)
    assert moves == [timedelta(minutes=1)]


def test_a_deployment_that_fails_meanwhile_is_an_error_with_its_cause(
    prod: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = prod.mark()
    monkeypatch.setenv("SF_EXECUTION_HISTORY_TYPE", "FAILURE")
    arn = prod.aws.start(prod.stack.deployment_arn, payload="{}")
    # moto tells a failure from its history once that was asked for.
    prod.aws.history(arn)
    with pytest.raises(OperatorError, match="a deployment in prod failed"):
        prod.await_serving(WANTED, since=since)


def test_the_dispatcher_s_run_of_a_model_is_found_among_others(prod: Account) -> None:
    machine = prod.stack.training
    known = frozenset({prod.aws.start(machine, payload='{"model": "flight-delay"}')})
    prod.aws.start(machine, payload='{"model": "air-time"}')
    wanted = prod.aws.start(machine, payload='{"model": "flight-delay"}')
    assert prod.await_run("flight-delay", known=known) == wanted
