"""The container's models: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_cloud.containers.sagemaker.multi_model_server import LoadError, Models
from local_cloud.containers.sagemaker.workers import Workers
from local_cloud.containers.sagemaker.xgboost import serve
from local_cloud.containers.sagemaker.xgboost.cells import DataError

ROOM = 1 << 30


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


@pytest.fixture
def make(warm: None) -> Iterator[Callable[[str], Models]]:
    """Makes containers of a family, and ends their processes."""
    made: list[Workers] = []

    def models(module: str) -> Models:
        made.append(Workers(module, memory_bytes=ROOM, shares=True))
        return Models(made[-1], ROOM)

    yield models
    for workers in made:
        workers.stop()


@pytest.fixture
def models(make: Callable[[str], Models]) -> Models:
    return make(serve.__name__)


def _load(models: Models, name: str, folder: Path) -> int:
    try:
        models.load(name, folder)
    except LoadError as error:
        return error.status
    return 200


def test_a_loaded_model_is_not_loaded_again(folder: Path, models: Models) -> None:
    assert [_load(models, "a", folder), _load(models, "a", folder)] == [200, 409]
    assert [models.unload("a"), models.unload("a")] == [200, 404]
    assert _load(models, "a", folder) == 200


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no model", "must begin with b'{', got b'n'"),
        (b"", "got b''"),
        (b"\x80\x04.", "got b'\\x80'"),
        (b"{", "is no model"),
        (b'{"learner": 1}', "is no model"),
    ],
)
def test_what_is_no_model_is_not_loaded(models: Models, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "xgboost-model").write_bytes(content)
    with pytest.raises(LoadError, match=re.escape(said)) as refused:
        models.load("a", tmp_path)
    assert refused.value.status == 500
    assert models.names() == []


@pytest.mark.parametrize(("files", "found"), [(0, "nothing"), (2, "'model-0', 'model-1'")])
def test_an_artifact_holds_one_file(models: Models, tmp_path: Path, files: int, found: str) -> None:
    for number in range(files):
        (tmp_path / f"model-{number}").write_bytes(b"x")
    with pytest.raises(LoadError, match=f"one model file at its root, got {found}"):
        models.load("a", tmp_path)


def test_what_a_family_needs_and_this_machine_lacks_is_named(
    make: Callable[[str], Models], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "family_of_more.py").write_text("import package_that_is_nowhere", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LoadError, match="No module named 'package_that_is_nowhere': install what the image has"):
        make("family_of_more").load("a", tmp_path)


def test_a_model_answers_every_row(folder: Path, models: Models) -> None:
    models.load("a", folder)
    answer = models.answer("a", b"0.1\n0.9\n", content_type="text/csv; charset=utf-8", accept="text/csv")
    low, high = map(float, answer.body.split(b","))
    assert low < 0.5 < high


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("0.1,0.2", "text/csv", "takes 1 features, got 2 in row 1"),
        ("0.1\n\n0.2", "text/csv", "takes 1 features, got 0 in row 2"),
        ("", "text/csv", "the request has no rows"),
        ("a", "text/csv", "numeric csv"),
        ("inf", "text/csv", "infinite"),
        ("1e39", "text/csv", "too large for 32 bits"),
        ("1\x0c2", "text/csv", "numeric csv"),
        ("0.1\0", "text/csv", "numeric csv"),
        ("0.1", "application/json", "application/json is not an accepted ContentType: csv, libsvm"),
    ],
)
def test_a_wrong_request_is_explained(folder: Path, body: str, content_type: str, said: str) -> None:
    booster = serve.load_booster(folder / "xgboost-model")
    with pytest.raises(DataError, match=said):
        serve.predict(booster, body, content_type)
