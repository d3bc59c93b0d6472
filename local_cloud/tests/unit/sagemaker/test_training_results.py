"""What a training job tells and keeps of a container that left its folders in no good state."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.sagemaker.checkpoints import Checkpoints, Sync
from local_cloud.services.sagemaker.hosts import Host
from local_cloud.services.sagemaker.training import TrainingJob


class Bucket:
    """The part of S3 that results go to."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def upload_file(self, _: str, bucket: str, key: str, **__: Any) -> None:
        self.keys.append(f"{bucket}/{key}")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    made = Host(name="algo-1", folder=tmp_path / "algo-1")
    for folder in ("model", "output/data"):
        (made.root / folder).mkdir(parents=True)
    return made


@pytest.fixture
def job() -> TrainingJob:
    return TrainingJob(
        SimpleNamespace(model_artifacts={"S3ModelArtifacts": "s3://out/job/output/model.tar.gz"}, output_data_config={})
    )


def test_a_failure_is_told_as_far_as_it_is_text(job: TrainingJob, host: Host) -> None:
    (host.root / "output" / "failure").write_bytes(b"\xff no rows")
    assert job.explanation("log", host) == "\ufffd no rows"


def test_a_failure_that_is_no_file_says_nothing(job: TrainingJob, host: Host) -> None:
    (host.root / "output" / "failure").mkdir()
    assert job.explanation("one\ntwo", host) == "one two"


@pytest.mark.parametrize("removed", ["output/data", "output", "model"])
def test_a_folder_that_a_container_removed_has_nothing_to_keep(job: TrainingJob, host: Host, removed: str) -> None:
    (host.root / "model" / "weights").touch()
    (host.root / removed).rename(host.folder / "removed")
    bucket = Bucket()
    job.save_rest(cast("RoleSession", SimpleNamespace(client=lambda _: bucket)), [host])
    assert bucket.keys == ([] if removed == "model" else ["out/job/output/model.tar.gz"])


def test_a_checkpoint_that_is_removed_meanwhile_hides_no_other(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    # The trainer of transformers does so with save_total_limit.
    checkpoints = Checkpoints(uri="s3://out/checkpoints", local_path="/opt/ml/checkpoints")
    folder = checkpoints.folder(host)
    for name in ("checkpoint-1", "checkpoint-2"):
        (folder / name).mkdir(parents=True)
    sync = Sync(None, checkpoints, [host])
    (folder / "checkpoint-2" / "weights").touch()
    scan = os.scandir

    def scan_late(path: Any) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("checkpoint-1"):
            raise FileNotFoundError(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scan_late)
    assert sync.has_new()
