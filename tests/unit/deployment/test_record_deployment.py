"""What is remembered of a deployment that was proven."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from contract import keys
from deployment.handlers import record_deployment
from shared.adapters import tables

_SERVING = {
    "deployment_id": "d2",
    "endpoint_config": "fleet-d2",
    "serving_model": "fleet-d2",
    "versions": {"m": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/2"},
    "model_data_prefix": "s3://b/deployments/d2/",
    "shape": "ml.m5.large x 1",
}
_OTHER = {"m": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/3"}


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings = {
        "STATE_TABLE": "state",
        "HISTORY_TABLE": "history",
        "KEEP_DEPLOYMENTS": "3",
        "ARTIFACT_BUCKET": "bucket",
    }
    for name, value in {**settings, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
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
    tables.write_state("state", keys.FAILED.of("fleet"), {"versions": json.dumps(failed)})
    event = {
        "endpoint_name": "fleet",
        "deployment_id": "d2",
        "recorded_at": "2026-01-01T00:00:00Z",
        "execution": "e",
        "action": "deployed",
        "changes": {"m": "1 -> 2"},
        "serving": _SERVING,
        "alarm_prefix": "fleet-rollback-",
    }
    assert record_deployment.lambda_handler(event, None) == {"removed": []}
    remembered = tables.read_state("state", keys.FAILED.of("fleet"))
    assert remembered is not None
    assert json.loads(remembered["versions"]) == kept
