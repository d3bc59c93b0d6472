"""A container with room for two models: the least recently used one goes."""

import functools
import io
from collections.abc import Iterator
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
from local_cloud.services.sagemaker.serving_request import Request


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
        session = StoredArtifact(
            role_arn="arn:aws:iam::111111111111:role/serving",
            access_key_id="-",
            secret_access_key="-",
            session_token="-",
            region="us-east-1",
        )
        process = ServingProcess(
            name="primary",
            place="of a test",
            log=folder / "log",
            image=images.find("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"),
            session=session,
        )
        made = MultiModelContainer(process, session=session, prefix="s3://bucket/served/", memory_bytes=two_and_a_half)
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
