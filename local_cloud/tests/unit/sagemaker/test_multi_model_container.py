"""A container with room for two models: the least recently used one goes."""

import functools
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from local_cloud.containers.sagemaker.workers import Workers
from local_cloud.containers.sagemaker.xgboost import serve
from local_cloud.kernel import runtime
from local_cloud.kernel.clock import VirtualClock
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.services.sagemaker import archives, images
from local_cloud.services.sagemaker.multi_model_container import MultiModelContainer
from local_cloud.services.sagemaker.serving_process import ModelDataError, ServingProcess
from local_cloud.services.sagemaker.serving_request import Answer, Request


class StoredArtifact(RoleSession):
    """Finds the same artifact under every key, and counts."""

    body = b""
    downloads: list[str] = []  # noqa: RUF012  # a frozen dataclass has no other place, and the fixture resets it

    def client(self, service: str, config: Any = None) -> Any:  # noqa: ARG002  # the base class's signature
        return self

    def environment(self) -> dict[str, str]:
        return {}

    def list_objects_v2(self, **_: Any) -> dict[str, Any]:
        return {"Contents": [{"Key": "served/a"}]}

    def head_object(self, **_: Any) -> None:
        """It is there."""

    def get_object(self, **request: str) -> dict[str, Any]:
        self.downloads.append(request["Key"])
        return {"Body": io.BytesIO(self.body)}


SESSION = StoredArtifact(
    role_arn="arn:aws:iam::111111111111:role/serving",
    access_key_id="-",
    secret_access_key="-",  # guards nothing
    session_token="-",  # guards nothing
    region="us-east-1",
)


@functools.cache
def _model() -> bytes:
    """One of some megabytes."""
    values = np.random.default_rng(1).random((500, 4), dtype=np.float32)
    booster = xgb.train({"max_depth": 6}, xgb.DMatrix(values, label=values.sum(axis=1)), num_boost_round=400)
    return bytes(booster.save_raw("ubj"))


@pytest.fixture(scope="module")
def two_and_a_half(warm: None, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Bytes that so many models take."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "xgboost-model").write_bytes(_model())
    workers = Workers(serve.__name__, memory_bytes=1 << 30, shares=True, count=1)
    try:
        return workers.load("model", folder) * 5 // 2
    finally:
        workers.stop()


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory, two_and_a_half: int) -> Iterator[MultiModelContainer]:
    folder = tmp_path_factory.mktemp("container")
    (folder / "model").mkdir()
    (folder / "model" / "xgboost-model").write_bytes(_model())
    archives.pack([folder / "model"], folder / "model.tar.gz")
    StoredArtifact.body, StoredArtifact.downloads = (folder / "model.tar.gz").read_bytes(), []
    settings = Settings(state_dir=folder / "state")
    running = Runtime(settings=settings, clock=VirtualClock(), processes=ProcessSupervisor(settings.run_dir))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "_current", running)
        process = ServingProcess(
            name="primary",
            place="of a test",
            log=folder / "log",
            image=images.find("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"),
            session=SESSION,
        )
        made = MultiModelContainer(process, session=SESSION, prefix="s3://bucket/served/", memory_bytes=two_and_a_half)
        made.start()
        made.wait()
        yield made
        made.stop()
        assert not made.is_running()


def _ask(container: MultiModelContainer, target: str) -> int:
    request = Request(body=b"0.5,0.5,0.5,0.5", content_type="text/csv", accept="text/csv", target_model=target)
    return container.invoke(request).status


def test_the_least_recently_used_model_leaves_when_memory_is_short(container: MultiModelContainer) -> None:
    assert [_ask(container, name) for name in ("a", "b", "a", "c")] == [200] * 4
    assert container.loaded() == ["a", "c"]
    assert _ask(container, "b") == 200
    assert container.loaded() == ["c", "b"]
    # What left the memory is still on the disk.
    assert sorted(set(StoredArtifact.downloads) - {"served/broken"}) == ["served/a", "served/b", "served/c"]
    assert StoredArtifact.downloads.count("served/b") == 1


def test_an_artifact_that_is_no_archive_is_told(
    container: MultiModelContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredArtifact, "body", b"no archive")
    with pytest.raises(ModelDataError, match="Failed to extract model data"):
        _ask(container, "broken")
    assert "broken" not in container.loaded()


class SlowProcess:
    """Answers everything but the loading of ``slow`` at once."""

    name = "primary"

    def __init__(self, disk: Path) -> None:
        self.disk = disk
        self.waits, self.go = threading.Event(), threading.Event()

    def inside(self, path: Path) -> Path:
        return path

    def call(self, method: str, path: str, body: bytes, headers: Any) -> Answer:  # noqa: ARG002  # as it is called
        assert method == "POST"
        if path == "/models" and json.loads(body)["model_name"] == "slow":
            self.waits.set()
            assert self.go.wait(600)
        return Answer(status=200, body=b"", content_type="text/plain", seconds=0.0, container=self.name)


def test_a_model_that_is_slow_to_load_holds_up_neither_other_models_nor_their_loading(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    archives.pack([tmp_path / "model"], tmp_path / "model.tar.gz")
    process: Any = SlowProcess(tmp_path / "disk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StoredArtifact, "body", (tmp_path / "model.tar.gz").read_bytes())
        patch.setattr(StoredArtifact, "downloads", [])
        container = MultiModelContainer(process, session=SESSION, prefix="s3://bucket/served/", memory_bytes=1)
        with ThreadPoolExecutor() as threads:
            slow = [threads.submit(_ask, container, "slow") for _ in range(2)]
            assert process.waits.wait(600)
            assert [_ask(container, name) for name in ("a", "b", "a")] == [200] * 3
            assert container.loaded() == ["b", "a"]
            process.go.set()
            assert [answer.result(600) for answer in slow] == [200] * 2
        # Of those that want one model at the same time, one loads it.
        assert sorted(StoredArtifact.downloads) == ["served/a", "served/b", "served/slow"]
