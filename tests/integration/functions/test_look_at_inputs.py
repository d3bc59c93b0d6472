"""What the retraining workflow finds out before it pays for a job."""

from collections.abc import Callable
from typing import Any

import pytest

from config.algorithms.xgboost import ALGORITHM
from contract import keys
from contract.calls.look_at_inputs import LookAtInputs
from local_cloud.testing.roles import ACCOUNT, make_role
from retraining.errors import ChampionNotReadableError, NoRawDataError
from retraining.handlers import look_at_inputs
from retraining.logic import registration
from shared import catalogue
from shared.adapters import tables
from tests.integration.functions.conftest import Workspace
from tests.support import clients

Models = Callable[..., None]
WAREHOUSE = {"source": {"type": "warehouse", "job": "j", "query": "s3://assets/q.sql", "window_days": 30}}


@pytest.fixture(autouse=True)
def _one_model(workspace: Workspace, models: Models) -> None:
    models(m={})


def _look(workspace: Workspace, run: str, **switches: bool) -> dict[str, Any]:
    settings = catalogue.model("m").retraining
    assert settings is not None
    asked = LookAtInputs(
        model="m",
        run_id=run,
        group=f"{workspace.app}-m",
        source=settings.source.type,
        raw=f"s3://{workspace.bucket}/raw/m/",
        report=f"s3://{workspace.bucket}/runs/m/{run}/report.json",
        etl=settings.etl,
    )
    return look_at_inputs.lambda_handler({**asked.to_json(), **switches}, None)


def _changed(workspace: Workspace, run: str, **switches: bool) -> bool:
    return bool(_look(workspace, run, **switches)["changed"])


def _etl(workspace: Workspace, run: str, fingerprint: str) -> None:
    """What the Glue job of a run leaves behind."""
    workspace.put(f"runs/m/{run}/report.json", {"fingerprint": fingerprint})


def _success(workspace: Workspace, fingerprint: str) -> None:
    tables.write_state(workspace.aws.dynamodb, workspace.state, keys.MODEL.of("m"), {"fingerprint": fingerprint})


def _run(workspace: Workspace, run: str, fingerprint: str) -> None:
    """A run that ends with a version."""
    assert _changed(workspace, run)
    _etl(workspace, run, fingerprint)
    _success(workspace, fingerprint)


def test_the_same_files_are_read_once(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    assert _look(workspace, "2") == {"changed": False, "last_fingerprint": "f1"}
    # A run's report is deleted after a while; what it said is not forgotten.
    workspace.client("s3").delete_object(Bucket=workspace.bucket, Key="runs/m/1/report.json")
    assert not _changed(workspace, "3")


def test_new_files_are_read(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    workspace.put("raw/m/b.csv", b"3,4\n")
    _run(workspace, "2", "f2")
    workspace.client("s3").delete_object(Bucket=workspace.bucket, Key="raw/m/b.csv")
    # Today's data are those of the first success, but not those of the last.
    _run(workspace, "3", "f1")
    assert not _changed(workspace, "4")


def test_files_that_say_the_same_in_another_way_are_read_once_more(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n3,4\n")
    _run(workspace, "1", "f1")
    workspace.put("raw/m/a.csv", b"3,4\n1,2\n")
    assert _changed(workspace, "2")
    # The workflow finds the fingerprint of the last success, and registers nothing.
    _etl(workspace, "2", "f1")
    assert not _changed(workspace, "3")


def test_a_run_that_failed_its_gate_trains_again(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    workspace.put("raw/m/a.csv", b"5,6\n")
    for run in ("2", "3", "4"):
        assert _changed(workspace, run)
        _etl(workspace, run, "f2")
    _success(workspace, "f2")
    assert not _changed(workspace, "5")


def test_a_run_that_died_before_its_report_is_repeated(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    assert _changed(workspace, "1")
    # The answer was lost and the function is called again; then the run ends, and another takes over.
    assert _changed(workspace, "1")
    _run(workspace, "2", "f1")
    assert not _changed(workspace, "3")


def test_another_script_reads_everything_again(workspace: Workspace, models: Models) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    models(m={"etl": {"script": "s3://assets/other.py", "arguments": {}}})
    assert _changed(workspace, "2")
    _etl(workspace, "2", "f1")
    assert not _changed(workspace, "3")


def test_other_settings_of_the_training_change_nothing(workspace: Workspace, models: Models) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    models(m={"training": {"hyperparameters": {"num_round": "7"}}})
    assert not _changed(workspace, "2")


@pytest.mark.parametrize("switch", ["force", "test_run"])
def test_who_asks_gets_a_run(switch: str, workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    assert _changed(workspace, "2", **{switch: True})
    # And spoils nothing for the next.
    assert not _changed(workspace, "3")


def test_a_model_without_data_fails_at_once(workspace: Workspace) -> None:
    workspace.put("raw/mm/a.csv", b"another model's")
    for switches in ({}, {"force": True}, {"test_run": True}):
        with pytest.raises(NoRawDataError, match=f"aws s3 cp <file> s3://{workspace.bucket}/raw/m/"):
            _look(workspace, "1", **switches)


def test_a_warehouse_is_asked_whatever_lies_in_the_bucket(workspace: Workspace, models: Models) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    models(m=WAREHOUSE)
    assert _look(workspace, "2") == {"changed": True, "last_fingerprint": "f1"}
    # Its success is the last one when the files are the source again.
    _success(workspace, "w1")
    models(m={})
    assert _changed(workspace, "3")


def _champion(workspace: Workspace, key: str) -> str:
    """An approved version whose artifact is to be at that key."""
    client, group = workspace.client("sagemaker"), f"{workspace.app}-m"
    client.create_model_package_group(ModelPackageGroupName=group)
    request = registration.request(
        group=group,
        run_id="1",
        approved=True,
        image=ALGORITHM.images.serving.uri("us-east-1"),
        environment={},
        content_type=ALGORITHM.requests.content_type,
        accept=ALGORITHM.requests.accept,
        model_data_url=f"s3://{workspace.bucket}/{key}",
        evaluation=f"s3://{workspace.bucket}/evaluations/m/1/evaluation.json",
        description="by hand",
        metadata={},
    )
    return str(client.create_model_package(**request)["ModelPackageArn"])


@pytest.mark.parametrize("settings", [{}, WAREHOUSE])
def test_a_champion_that_can_be_read_is_no_obstacle(
    settings: dict[str, Any], workspace: Workspace, models: Models
) -> None:
    models(m=settings)
    workspace.put("raw/m/a.csv", b"1,2\n")
    workspace.put("models/m/j/output/model.tar.gz", b"model")
    _champion(workspace, "models/m/j/output/model.tar.gz")
    assert _changed(workspace, "1")


@pytest.mark.parametrize("settings", [{}, WAREHOUSE])
def test_a_champion_whose_artifact_is_gone_fails_the_run_before_it_costs_anything(
    settings: dict[str, Any], workspace: Workspace, models: Models
) -> None:
    models(m=settings)
    workspace.put("raw/m/a.csv", b"1,2\n")
    # Its neighbour begins with the same key.
    workspace.put("models/m/j/output/model.tar.gz.old", b"model")
    arn = _champion(workspace, "models/m/j/output/model.tar.gz")
    with pytest.raises(ChampionNotReadableError) as caught:
        _look(workspace, "1")
    assert str(caught.value) == (
        f"version 1 of m is approved, but its artifact s3://{workspace.bucket}/models/m/j/output/model.tar.gz cannot be "
        "read: there is no such object; every candidate is compared with it, so bring the artifact back, or reject the "
        "version: python -m perennial reject m 1"
    )
    workspace.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    assert _changed(workspace, "2")


def test_a_champion_is_nobodys_concern_while_nothing_is_new(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    _run(workspace, "1", "f1")
    _champion(workspace, "models/m/j/output/model.tar.gz")
    assert not _changed(workspace, "2")


def test_a_key_that_the_role_may_not_use_is_found_out(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    # A header shows without the key; only content does not.
    key = workspace.client("kms").create_key()["KeyMetadata"]["Arn"]
    workspace.put("raw/m/a.csv", b"1,2\n")
    artifact = "models/m/j/output/model.tar.gz"
    workspace.client("s3").put_object(
        Bucket=workspace.bucket, Key=artifact, Body=b"model", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    _champion(workspace, artifact)
    assert _changed(workspace, "1")
    allowed = ["s3:*", "dynamodb:*", "sagemaker:*"]
    arn = make_role(workspace.cloud, f"{workspace.app}-role", [{"Effect": "Allow", "Action": allowed, "Resource": "*"}])
    given = workspace.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
    clients.fresh(monkeypatch)
    with pytest.raises(ChampionNotReadableError, match=rf"AccessDenied.*{ACCOUNT}.*kms:Decrypt"):
        _look(workspace, "2")


def test_what_passes_by_itself_is_no_verdict_on_the_champion(workspace: Workspace) -> None:
    workspace.put("raw/m/a.csv", b"1,2\n")
    workspace.put("models/m/j/output/model.tar.gz", b"model")
    _champion(workspace, "models/m/j/output/model.tar.gz")
    fault = {"kind": "throttle", "service": "s3", "operation": "GetObject", "principal": "root"}
    added = workspace.cloud.control("faults", {"add": {**fault, "match": {"Bucket": workspace.bucket}}})
    try:
        with pytest.raises(Exception, match="SlowDown"):
            _look(workspace, "1")
    finally:
        workspace.cloud.control("faults", {"remove": added["id"]})
