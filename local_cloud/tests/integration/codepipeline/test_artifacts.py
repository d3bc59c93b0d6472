"""Artifacts in their bucket, read and written as a role."""

from pathlib import Path
from typing import Any

import pytest

from integration.codepipeline import action_calls
from integration.codepipeline.action_calls import REGION, Run, Store
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.services.codepipeline import artifacts
from local_cloud.services.codepipeline.action import ActionError
from local_cloud.testing.roles import ACCOUNT, make_role

BUCKET = "artifacts-of-a-pipeline"


@pytest.fixture(scope="module")
def store(cloud: RunningCloud) -> Store:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)
    key = cloud.client("kms", ACCOUNT).create_key()["KeyMetadata"]["Arn"]
    return Store(cloud=cloud, bucket=BUCKET, key=key)


@pytest.fixture(scope="module")
def run(cloud: RunningCloud, store: Store) -> Run:
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": store.key},
    ]
    role = action_calls.session(cloud, make_role(cloud, "hands-on", statements))
    return action_calls.run(role, action_calls.declaration(action_calls.CLOUDFORMATION, {}))


def test_what_is_stored_is_fetched(run: Run, store: Store, cloud: RunningCloud, tmp_path: Path) -> None:
    folder, to = tmp_path / "from", tmp_path / "to"
    (folder / "cdk.out").mkdir(parents=True)
    (folder / "cdk.out" / "a.json").write_text("{}")
    to.mkdir()
    artifact = store.artifact("Output")

    artifacts.store(run.call, artifact, folder)
    artifacts.fetch(run.call, artifact, to)

    assert (to / "cdk.out" / "a.json").read_text() == "{}"
    assert artifacts.read(run.call, artifact, "cdk.out/a.json") == b"{}"
    found = cloud.client("s3", ACCOUNT).head_object(Bucket=BUCKET, Key=artifact.key)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", store.key)


def test_single_files_are_stored(run: Run, store: Store) -> None:
    artifacts.store(run.call, store.artifact("Files"), {"a/b.json": b"[]"})

    assert artifacts.read(run.call, store.artifact("Files"), "a/b.json") == b"[]"


def test_a_file_that_is_missing_is_told_as_aws_does(run: Run, store: Store) -> None:
    artifact = store.put("Synth", {"a": "b"})

    with pytest.raises(ActionError) as failed:
        artifacts.read(run.call, artifact, "template.yaml")

    assert failed.value.message == "File [template.yaml] does not exist in artifact [Synth]"


def test_an_artifact_that_is_missing_is_told(run: Run, store: Store) -> None:
    with pytest.raises(ActionError, match=f"Nothing is not at s3://{BUCKET}/pipeline/Nothing/1a2b3c"):
        artifacts.read(run.call, store.artifact("Nothing"), "a")


def test_one_that_is_too_large_is_told(run: Run, store: Store, tmp_path: Path) -> None:
    artifact = store.put("Large", {"a": "b"})

    with pytest.raises(ActionError, match=r"Large has \d+ bytes; this action takes up to 10 bytes"):
        artifacts.fetch(run.call, artifact, tmp_path, limit=10)
    with pytest.raises(ActionError, match="takes up to 10 bytes"):
        artifacts.store(run.call, artifact, {"a": b"b"}, limit=10)


def test_what_is_no_archive_is_told(run: Run, store: Store, cloud: RunningCloud) -> None:
    artifact = store.artifact("Text")
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=artifact.key, Body=b"text")

    with pytest.raises(ActionError, match="artifact Text cannot be read: it is no zip archive"):
        artifacts.read(run.call, artifact, "a")


@pytest.mark.parametrize(
    ("allowed", "action"), [("kms:*", "s3:GetObject"), ("s3:*", "kms:Decrypt")], ids=["bucket", "key"]
)
def test_a_role_that_may_not_read_is_told_by_name(allowed: str, action: str, store: Store, cloud: RunningCloud) -> None:
    artifact = store.put("Synth", {"a": "b"})
    role = make_role(cloud, f"only-{allowed[:2]}", [{"Effect": "Allow", "Action": allowed, "Resource": "*"}])
    refused = action_calls.run(
        action_calls.session(cloud, role), action_calls.declaration(action_calls.CLOUDFORMATION, {})
    )

    with pytest.raises(ActionError) as failed:
        artifacts.read(refused.call, artifact, "a")

    resource = store.key if action.startswith("kms") else f"arn:aws:s3:::{BUCKET}/{artifact.key}"
    assert failed.value.code == "PermissionError"
    assert f"permissions required to access the Amazon S3 bucket named {BUCKET}. Update" in failed.value.message
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/only-{allowed[:2]}/1a2b3c" in failed.value.message
    assert f"is not authorized to perform: {action} on resource: {resource}" in failed.value.message
    assert REGION in str(store.key)
