"""The functions' handlers in this process, against one local cloud as an account's root."""

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from config import loader
from contract.catalogue import Model
from contract.names import Names
from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from local_cloud.testing.roles import ACCOUNT
from shared import catalogue
from shared.adapters.clients import Clients
from stacks import model_catalogue
from tests.support import clients

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Tables, a bucket and names of one test.

    Args:
        cloud: where they are.
        aws: the clients of the handlers.
        app: prefix of the package groups.
        bucket: artifacts.
        state: state table.
        history: history table.
    """

    cloud: RunningCloud
    aws: Clients
    app: str
    bucket: str
    state: str
    history: str

    @property
    def group_arn_prefix(self) -> str:
        """ARN of a package group without the model's name."""
        return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package-group/{self.app}-"

    def client(self, service: str) -> Any:
        """A client of the account's root."""
        return self.cloud.client(service, ACCOUNT)

    def put(self, key: str, content: bytes | Mapping[str, Any]) -> str:
        """An object; returns its URI."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def keys(self, prefix: str = "") -> list[str]:
        """Keys of all objects below a prefix."""
        found = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]


@pytest.fixture
def workspace(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A fresh one, and the settings that the stack would pass."""
    number = next(_NUMBERS)
    for name, value in cloud.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    made = Workspace(
        cloud=cloud,
        aws=clients.fresh(monkeypatch),
        app=f"app{number}",
        bucket=f"artifacts-{number}",
        state=f"state-{number}",
        history=f"past-{number}",
    )
    made.client("s3").create_bucket(Bucket=made.bucket)
    for table, keys in ((made.state, ("pk",)), (made.history, ("pk", "sk"))):
        made.client("dynamodb").create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
    variables = {
        "APP": made.app,
        "ARTIFACT_BUCKET": made.bucket,
        "STATE_TABLE": made.state,
        "HISTORY_TABLE": made.history,
        "GROUP_ARN_PREFIX": made.group_arn_prefix,
        "ENVIRONMENT": "sandbox",
        "ENDPOINT_NAME": made.app,
        "KEEP_DEPLOYMENTS": "2",
        "COMMIT": "c0ffee",
        "REGISTRY_READERS": "",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return made


def _changed(content: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A model of the catalogue with other settings; of its retraining, unless the model itself has them."""
    for name, value in changes.items():
        place = content if name in content or name == "batch_transform" else content["retraining"]
        place[name] = {**place.get(name, {}), **value} if isinstance(value, dict) else value
    return content


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the models of the catalogue: changes to the settings of flight-delay, by name."""
    (original,) = [model for model in loader.load().models if model.name == "flight-delay"]

    def use(**changed: Mapping[str, Any]) -> None:
        found: dict[str, dict[str, Any]] = {}
        for name, changes in changed.items():
            built = model_catalogue.build(
                [original.model_copy(update={"name": name})],
                names=Names(app="app", environment="sandbox", account_id=ACCOUNT, region="us-east-1"),
                serving_instance="ml.m5.large",
                code_uri=lambda code, _: f"s3://assets/{code.folder}.tar.gz",
                evaluation_uri=lambda file: f"s3://assets/{file}",
                script_uri=lambda file: f"s3://assets/{file}",
                library_uri="s3://assets/library.zip",
                query_uri=lambda file: f"s3://assets/{file}",
                extract_job_name=lambda warehouse: f"{warehouse}-extract",
            )
            # The only one, unless a test says otherwise.
            content = {**built[name].to_json(), "endpoint": os.environ["ENDPOINT_NAME"]}
            found[name] = _changed(content, changes)
        monkeypatch.setattr(catalogue, "content", lambda: found)
        monkeypatch.setattr(catalogue, "models", lambda: {name: Model.from_json(each) for name, each in found.items()})

    return use
