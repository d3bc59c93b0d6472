"""What is remembered of a deployment that was proven."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contract import keys
from deployment.handlers import record_deployment
from shared.adapters import tables
from tests.support import clients

_SERVING = {
    "deployment_id": "d2",
    "endpoint_config": "fleet-d2",
    "serving_model": "fleet-d2",
    "versions": {"m": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/2"},
    "model_data_prefix": "s3://b/deployments/d2/",
    "shape": "ml.m5.large x 1",
}
_EVENT = {
    "endpoint_name": "fleet",
    "deployment_id": "d2",
    "recorded_at": "2026-01-01T00:00:00Z",
    "execution": "e",
    "action": "deployed",
    "changes": {"m": "1 -> 2"},
    "serving": _SERVING,
    "alarm_prefix": "fleet-rollback-",
}
_OTHER = {"m": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/3"}


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings = {
        "STATE_TABLE": "state",
        "HISTORY_TABLE": "history",
        "KEEP_DEPLOYMENTS": "3",
        "ARTIFACT_BUCKET": "bucket",
        "ENDPOINT_NAME": "fleet",
    }
    for name, value in {**settings, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        clients.fresh(monkeypatch)
        for table, keys in {"state": ["pk"], "history": ["pk", "sk"]}.items():
            boto3.client("dynamodb").create_table(
                TableName=table,
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                BillingMode="PAY_PER_REQUEST",
            )
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield


@pytest.mark.parametrize(("failed", "kept"), [(_SERVING["versions"], {}), (_OTHER, _OTHER)])
def test_versions_that_serve_are_no_longer_known_to_fail(failed: dict[str, str], kept: dict[str, str]) -> None:
    tables.write_state(boto3.client("dynamodb"), "state", keys.FAILED.of("fleet"), {"versions": json.dumps(failed)})
    assert record_deployment.lambda_handler(_EVENT, None) == {"removed": []}
    remembered = tables.read_state(boto3.client("dynamodb"), "state", keys.FAILED.of("fleet"))
    assert remembered is not None
    assert json.loads(remembered["versions"]) == kept


def test_a_warm_function_makes_no_client_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made, make = Counter[str](), boto3.Session.client

    def count(session: boto3.Session, service: Any, **options: Any) -> Any:
        made[service] += 1
        return make(session, service, **options)

    monkeypatch.setattr(boto3.Session, "client", count)
    for _ in range(3):
        record_deployment.lambda_handler(_EVENT, None)
    assert made == {"cloudwatch": 1, "dynamodb": 1, "s3": 1, "sagemaker": 1}
