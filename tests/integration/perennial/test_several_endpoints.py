"""The command where an account has several endpoints: one that models share, and one of a model's own."""

import argparse
import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from contract import container, keys, manifest
from contract.family import BEFORE, Family
from contract.history import Kind
from contract.manifest import Manifest, ServedModel
from perennial.account import cleanup, records, serving
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands import invoke, smoke, status, why
from perennial.errors import OperatorError

FIRST, OWN = "perennial-sandbox", "perennial-sandbox-texts"
TEXTS = replace(
    BEFORE, shares_endpoint=False, content_type="application/json", accept="application/json", image="i", answer="/0"
)
_GOLDEN: Mapping[str, Any] = {"delays": 0.125, "texts": {"label": "late", "score": 0.9}}
_TAGS = [{"Key": "perennial:app", "Value": "perennial"}]


@pytest.fixture
def both(aws: Aws, stack: Stack) -> Callable[[], None]:
    """Serve a model at each endpoint."""

    def serve() -> None:
        _serve(aws, FIRST, "delays", replace(BEFORE, image="i"))
        _serve(aws, OWN, "texts", TEXTS)
        item = {"pk": {"S": keys.ENDPOINTS}, "endpoints": {"SS": [OWN]}}
        aws.client("dynamodb").put_item(TableName=stack.table, Item=item)

    return serve


def _serve(aws: Aws, endpoint: str, model: str, family: Family) -> None:
    client, prefix = aws.client("sagemaker"), manifest.prefix("d1", endpoint_name=endpoint, first=FIRST)
    served = ServedModel(
        model_package_arn=f"arn:aws:sagemaker:us-east-1:123456789012:model-package/perennial-{model}/1",
        source="s3://bucket/models/m.tar.gz",
        digest="ab" * 32,
        golden_request="1,2",
        golden_answer=_GOLDEN[model],
        family=family,
    )
    content = Manifest(deployment_id="d1", models={model: served}).as_dict()
    aws.client("s3").put_object(Bucket="bucket", Key=f"{prefix}manifest.json", Body=json.dumps(content).encode())
    definition = container.of(family).definition(f"s3://bucket/{prefix}", models=[model])
    role = "arn:aws:iam::123456789012:role/r"
    client.create_model(ModelName=f"{endpoint}-1", ExecutionRoleArn=role, PrimaryContainer=definition, Tags=_TAGS)
    variant = {
        "VariantName": "v",
        "ModelName": f"{endpoint}-1",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    client.create_endpoint_config(EndpointConfigName=f"{endpoint}-1", ProductionVariants=[variant], Tags=_TAGS)
    client.create_endpoint(EndpointName=endpoint, EndpointConfigName=f"{endpoint}-1", Tags=_TAGS)
    row = {
        "recorded_at": "2026-01-01T00:00:00Z",
        "execution": "arn:execution",
        "action": "deployed",
        "changes": {model: "none -> 1"},
        "versions": {model: served.model_package_arn},
    }
    records.append(aws, "history", kind=Kind.DEPLOYMENT, subject=endpoint, moment="2026010100", values=row)
    record = {"retained": {"L": [{"M": {"deployment_id": {"S": "d1"}}}]}}
    aws.client("dynamodb").put_item(TableName="state", Item={"pk": {"S": keys.DEPLOYMENTS.of(endpoint)}, **record})


def _console() -> Console:
    return Console(file=io.StringIO(), width=80)


def _said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _answering(monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """Let endpoints answer; returns whom they were asked for."""
    asked: list[tuple[str, str | None]] = []

    def ask(_: Aws, endpoint: str, *, model: str, request: Mapping[str, str]) -> str:
        asked.append((endpoint, request.get("TargetModel")))
        return answers[endpoint]

    monkeypatch.setattr(Aws, "invoke", ask)
    return asked


_RIGHT = {FIRST: "0.125\n", OWN: '[{"label": "late", "score": 0.9}]'}


def test_every_model_is_found_at_its_endpoint(aws: Aws, stack: Stack, both: Callable[[], None]) -> None:
    both()
    fleet = serving.fleet(aws, stack)
    assert list(fleet.endpoints) == [FIRST, OWN]
    assert {name: model.endpoint for name, model in fleet.models.items()} == {"delays": FIRST, "texts": OWN}
    assert fleet.models["texts"].uri == f"s3://bucket/deployments/{OWN}/d1/texts.tar.gz"
    with pytest.raises(
        OperatorError, match=f"{FIRST} is InService and {OWN} is InService, and delays, texts is served"
    ):
        fleet.model("x")


def test_a_model_is_asked_at_its_own_endpoint_without_naming_it(
    aws: Aws, stack: Stack, both: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    both()
    asked = _answering(monkeypatch, _RIGHT)
    monkeypatch.setattr(invoke, "reach", lambda _: (aws, stack))
    for model in ("delays", "texts"):
        console = _console()
        invoke.perform(argparse.Namespace(model=model, body="1,2"), console)
        assert _said(console).strip() == _RIGHT[FIRST if model == "delays" else OWN].strip()
    assert asked == [(FIRST, "delays.tar.gz"), (OWN, None)]


def test_the_status_tells_of_each_endpoint_within_80_columns(aws: Aws, stack: Stack, both: Callable[[], None]) -> None:
    both()
    console = _console()
    status.show(aws, replace(stack, retraining_arn=None), models=[], console=console)
    lines = [line.rstrip() for line in _said(console).splitlines()]
    assert [line for line in lines if line.startswith("endpoint")] == [
        f"endpoint {FIRST}: InService",
        f"endpoint {OWN}: InService",
    ]
    tables = [line.split() for line in lines if "none -> 1" in line]
    assert [(words[0], words[1]) for words in tables] == [("delays", "1"), ("texts", "1")]
    # Warnings are sentences, which are not cut.
    assert all(len(line) <= 80 for line in lines if "not in the configuration" not in line)


def test_why_names_the_endpoint_and_its_deployment(aws: Aws, stack: Stack, both: Callable[[], None]) -> None:
    both()
    _register(aws)
    lines = why.explain(aws, replace(stack, retraining_arn=None), model="texts")
    assert ("serves", f"version 1 at {OWN}") in lines
    assert any(name == "since" and "deployed (none -> 1)" in words for name, words in lines)


def _register(aws: Aws) -> None:
    """Make the version of the own endpoint's model."""
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="perennial-texts")
    client.create_model_package(
        ModelPackageGroupName="perennial-texts",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": "i", "ModelDataUrl": "s3://bucket/1.tar.gz"}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )


def test_all_endpoints_are_proven(
    aws: Aws, stack: Stack, both: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    both()
    asked = _answering(monkeypatch, _RIGHT)
    console = _console()
    smoke.prove(aws, stack, console=console)
    assert asked == [(FIRST, "delays.tar.gz"), (OWN, None)]
    for endpoint in (FIRST, OWN):
        assert f"endpoint {endpoint} is InService and serves 1 models" in _said(console)


def test_one_that_answers_wrongly_does_not_keep_the_others_from_being_proven(
    aws: Aws, stack: Stack, both: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    both()
    _answering(monkeypatch, {**_RIGHT, FIRST: "0.5"})
    console = _console()
    with pytest.raises(OperatorError, match=f"endpoint {FIRST} is InService, but does not serve"):
        smoke.prove(aws, stack, console=console)
    assert f"endpoint {OWN} is InService and serves 1 models" in _said(console)


def test_a_first_endpoint_that_is_missing_is_no_success(
    aws: Aws, stack: Stack, both: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    both()
    _answering(monkeypatch, _RIGHT)
    aws.client("sagemaker").delete_endpoint(EndpointName=FIRST)
    with pytest.raises(OperatorError, match=f"endpoint {FIRST} is not created yet, although d1 was deployed to it"):
        smoke.prove(aws, stack, console=_console())
    # An account whose models all have their own needs none.
    aws.client("dynamodb").delete_item(TableName="state", Key={"pk": {"S": keys.DEPLOYMENTS.of(FIRST)}})
    smoke.prove(aws, stack, console=_console())
    assert list(serving.fleet(aws, stack).endpoints) == [OWN]


def test_nothing_of_a_further_endpoint_is_left(aws: Aws, stack: Stack, both: Callable[[], None]) -> None:
    both()
    # The stack's own, and those that deployments made: all have the app's tag.
    for name in (f"{FIRST}-errors", f"{FIRST}-lost-triggers", f"{OWN}-errors", f"{OWN}-rollback-1-latency"):
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="N",
            MetricName="m",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            Tags=_TAGS,
        )
    groups = [f"/aws/sagemaker/Endpoints/{endpoint}" for endpoint in (FIRST, OWN, f"{FIRST}-gone")]
    for group in groups:
        aws.client("logs").create_log_group(logGroupName=group, tags={"perennial:app": "perennial"})
    aws.client("logs").create_log_group(logGroupName=f"{groups[0]}-of-others")
    removed = list(cleanup.destroy(aws, stack))
    assert [name for kind, name in removed if kind == "endpoint"] == [FIRST, OWN]
    assert [name for kind, name in removed if kind == "alarm"] == [f"{OWN}-errors", f"{OWN}-rollback-1-latency"]
    assert sorted(name for kind, name in removed if kind == "log group") == sorted(groups[1:])
    for endpoint in (FIRST, OWN):
        assert records.state(aws, "state", keys.DEPLOYMENTS.of(endpoint)) is None
        # No deployment brings them back.
        lease = records.state(aws, "state", keys.ENDPOINT_LEASE.of(endpoint)) or {}
        assert lease["expires_at"] > time.time()
    cleanup.allow_deployments(aws, stack)
    for endpoint in (FIRST, OWN):
        assert (records.state(aws, "state", keys.ENDPOINT_LEASE.of(endpoint)) or {})["expires_at"] == 0


def test_a_deployment_under_way_to_one_endpoint_leaves_none_of_the_others_at_rest(
    aws: Aws, stack: Stack, both: Callable[[], None]
) -> None:
    both()
    busy = {
        "pk": {"S": keys.ENDPOINT_LEASE.of(OWN)},
        "owner": {"S": "arn:execution"},
        "expires_at": {"N": "99999999999"},
    }
    aws.client("dynamodb").put_item(TableName=stack.table, Item=busy)
    with pytest.raises(OperatorError, match=f"a deployment to {OWN} is under way"):
        list(cleanup.destroy(aws, stack))
    first = records.state(aws, stack.table, keys.ENDPOINT_LEASE.of(FIRST)) or {}
    assert first["expires_at"] < time.time()
