"""The container's memory: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html"""

from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_cloud.sagemaker.containers import multi_model_server as server
from local_cloud.sagemaker.containers.multi_model_server import Models
from local_cloud.sagemaker.containers.xgboost_data import DataError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model's unpacked artifact: does the only feature exceed a half?"""
    target = tmp_path_factory.mktemp("model")
    values = np.linspace(0, 1, 50, dtype=np.float32).reshape(-1, 1)
    parameters = {"objective": "binary:logistic", "max_depth": 1, "min_child_weight": 0}
    booster = xgb.train(parameters, xgb.DMatrix(values, label=(values > 0.5).ravel()), num_boost_round=10)
    booster.save_model(str(target / "xgboost-model.ubj"))
    (target / "xgboost-model.ubj").rename(target / "xgboost-model")
    return target


def _bytes(folder: Path) -> int:
    return (folder / "xgboost-model").stat().st_size


def test_models_fit_until_memory_is_short(folder: Path) -> None:
    models = Models(2 * _bytes(folder))
    assert [models.load(name, folder) for name in ("a", "b", "c")] == [200, 200, 507]
    assert models.names() == ["a", "b"]


def test_an_unloaded_model_makes_room(folder: Path) -> None:
    models = Models(_bytes(folder))
    assert models.load("a", folder) == 200
    assert models.unload("a") == 200
    assert models.load("b", folder) == 200
    assert models.names() == ["b"]


def test_a_loaded_model_is_not_loaded_again(folder: Path) -> None:
    models = Models(2 * _bytes(folder))
    assert [models.load("a", folder), models.load("a", folder)] == [200, 409]


def test_an_unknown_model_cannot_be_unloaded(folder: Path) -> None:
    assert Models(_bytes(folder)).unload("a") == 404


@pytest.mark.parametrize("content", [b"no model", b"", b"\x80\x04."])
def test_what_is_no_model_is_not_loaded(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "xgboost-model").write_bytes(content)
    models = Models(1 << 20)
    assert models.load("a", tmp_path) == 500
    assert models.names() == []


@pytest.mark.parametrize("files", [0, 2])
def test_an_artifact_holds_one_file(tmp_path: Path, files: int) -> None:
    for number in range(files):
        (tmp_path / f"model-{number}").write_bytes(b"x")
    assert Models(1 << 20).load("a", tmp_path) == 500


def test_a_model_answers_every_row(folder: Path) -> None:
    models = Models(1 << 20)
    models.load("a", folder)
    booster = models.find("a")
    assert booster is not None
    low, high = server.predict(booster, "0.1\n0.9\n", "text/csv; charset=utf-8")
    assert low < 0.5 < high


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("0.1,0.2", "text/csv", "takes 1 features, got 2"),
        ("", "text/csv", "request"),
        ("a", "text/csv", "numeric csv"),
        ("0.1", "application/json", "use text/csv"),
    ],
)
def test_a_wrong_request_is_explained(folder: Path, body: str, content_type: str, said: str) -> None:
    models = Models(1 << 20)
    models.load("a", folder)
    booster = models.find("a")
    assert booster is not None
    with pytest.raises(DataError, match=said):
        server.predict(booster, body, content_type)
