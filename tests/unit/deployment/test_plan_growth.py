"""A plan, and the look-up of the champion, make as many calls with 5,000 approved versions as with 50."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from contract.catalogue import Approvals, Model
from contract.family import BEFORE
from deployment.adapters import endpoint
from deployment.handlers import plan_deployment
from retraining.handlers import prepare_evaluation
from shared import catalogue
from tests.unit.shared import stored_versions
from tests.unit.shared.stored_versions import GROUP_ARN_PREFIX, arn, group, made, store

_SIZES = (50, 5000)
_SETTINGS = {
    "STATE_TABLE": "state",
    "ARTIFACT_BUCKET": "bucket",
    "GROUP_ARN_PREFIX": GROUP_ARN_PREFIX,
    "ENDPOINT_NAME": "e",
}
_MODEL = Model(
    name="a",
    approval=Approvals(sandbox="automatic", qa="manual", prod="manual"),
    when_unapproved="keep",
    endpoint="e",
    family=BEFORE,
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    for name, value in _SETTINGS.items():
        monkeypatch.setenv(name, value)
    with stored_versions.counted(monkeypatch) as counted:
        boto3.client("s3").create_bucket(Bucket="bucket")
        boto3.client("dynamodb").create_table(
            TableName="state",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        yield counted


def _models(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    found = {name: replace(_MODEL, name=name) for name in names}
    monkeypatch.setattr(catalogue, "models", lambda: found)


def _plan(**event: Any) -> dict[str, Any]:
    asked = {"endpoint_name": "e", "run_id": "r", "shape": "ml.m5.large x 1", **event}
    return plan_deployment.lambda_handler(asked, None)


def _serve(versions: dict[str, str]) -> None:
    """Put an endpoint there that serves these, and is recorded."""
    client, prefix = boto3.client("sagemaker"), "s3://bucket/deployments/d/"
    client.create_model(
        ModelName="m",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        PrimaryContainer={"Image": "i", "Mode": "MultiModel", "ModelDataUrl": prefix},
    )
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="e", EndpointConfigName="c")
    served = {
        name: {
            "model_package_arn": version,
            "source": "s",
            "digest": "d",
            "golden_request": "1",
            "golden_answer": 1.0,
        }
        for name, version in versions.items()
    }
    manifest = {"deployment_id": "d", "models": served}
    boto3.client("s3").put_object(Bucket="bucket", Key="deployments/d/manifest.json", Body=json.dumps(manifest))


@pytest.mark.parametrize("environment", ["sandbox", "qa"])
def test_a_plan_makes_as_many_calls_however_many_versions_there_are(
    calls: Counter[str], monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    _models(monkeypatch, *(f"m{count}" for count in _SIZES))
    for count in _SIZES:
        store(f"m{count}", count)
    _serve({f"m{count}": arn(f"m{count}", 5) for count in _SIZES})
    made_of = {}
    for count in _SIZES:
        _models(monkeypatch, f"m{count}")
        calls.clear()
        plan = _plan(named=[arn(f"m{count}", 7)])
        assert plan["versions"] == {f"m{count}": arn(f"m{count}", count)}
        made_of[count] = dict(calls)
    assert made_of[50] == made_of[5000]
    # What serves and what was named, besides the newest.
    assert made_of[50]["sagemaker:DescribeModelPackage"] == 12


def test_the_champion_is_found_with_as_many_calls(calls: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _models(monkeypatch, "a", "b")
    made_of = []
    for model, count in (("a", 50), ("b", 5000)):
        store(model, count)
        calls.clear()
        assert _champion(model) == arn(model, count)
        made_of.append(dict(calls))
    assert made_of[0] == made_of[1]


def _champion(model: str) -> Any:
    event = {
        "model": model,
        "group": group(model),
        "run_id": "r",
        "problem_type": "binary",
        "gate": {"metric": "auc", "threshold": 0.5, "tolerance": 0, "greater_is_better": True},
        "script": "s3://assets/evaluation.py",
        "request": "s3://bucket/evaluations/x/request.json",
        "model_data_url": "s3://bucket/m.tar.gz",
        "test": "s3://bucket/test/part",
        "report": {"fingerprint": "f", "features": ["f"], "golden_request": "1"},
    }
    return prepare_evaluation.lambda_handler(event, None)["champion"]


def test_an_old_version_that_is_approved_again_is_remembered_by_later_plans(
    calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "qa")
    _models(monkeypatch, "a")
    store("a", 50, changed={3: made(100), 4: made(200)})
    assert _plan()["versions"] == {"a": arn("a", 50)}
    assert _plan(named=[arn("a", 3)])["versions"] == {"a": arn("a", 3)}
    # The schedule's look, and the champion of the next run.
    assert _plan()["versions"] == {"a": arn("a", 3)}
    assert _champion("a") == arn("a", 3)
    assert _plan(named=[arn("a", 4)])["versions"] == {"a": arn("a", 4)}
    _reject("a", 4)
    assert _plan(named=[arn("a", 4)])["versions"] == {"a": arn("a", 3)}
    _reject("a", 3)
    assert _plan()["versions"] == {"a": arn("a", 50)}
    calls.clear()
    _plan()
    # Nothing of it is looked at any more.
    assert calls["sagemaker:DescribeModelPackage"] == 10
    assert "dynamodb:PutItem" not in calls


def _reject(model: str, number: int) -> None:
    boto3.client("sagemaker").update_model_package(ModelPackageArn=arn(model, number), ModelApprovalStatus="Rejected")


def test_what_serves_is_looked_at_whatever_its_age(calls: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    _models(monkeypatch, "a")
    # Nobody remembers who approved it: the event was lost, or another version of this app planned then.
    store("a", 50, changed={3: made(100)})
    _serve({"a": arn("a", 3)})
    assert _plan()["versions"] == {"a": arn("a", 3)}
    _reject("a", 3)
    assert _plan()["versions"] == {"a": arn("a", 50)}


@pytest.mark.parametrize("failing", [(plan_deployment, "_current"), (endpoint, "serving")])
def test_what_was_named_is_remembered_even_if_the_plan_fails(
    failing: tuple[object, str], calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "qa")
    _models(monkeypatch, "a")
    store("a", 50, changed={3: made(100)})
    with monkeypatch.context() as patched:
        patched.setattr(*failing, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            _plan(named=[arn("a", 3)])
    assert _plan()["versions"] == {"a": arn("a", 3)}
