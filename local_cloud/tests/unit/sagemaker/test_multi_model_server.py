"""The container's memory: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_cloud.containers.sagemaker import model_process
from local_cloud.containers.sagemaker.multi_model_server import LoadError, Models
from local_cloud.containers.sagemaker.xgboost import serve
from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.kernel import source


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


@pytest.fixture(scope="module")
def warm() -> None:
    """Workers are forked from a process that finds our code, as the container's does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(source.ROOT))
        patch.setenv("OMP_NUM_THREADS", "1")
        model_process.warm_up(serve.__name__)


@pytest.fixture
def room(folder: Path, warm: None) -> Iterator[Callable[[int], Models]]:
    """Makes containers with room for so many models, and ends their processes."""
    made: list[Models] = []

    def make(count: int) -> Models:
        made.append(Models(serve.__name__, count * _bytes(folder)))
        return made[-1]

    yield make
    for models in made:
        for name in models.names():
            models.unload(name)


def _load(models: Models, name: str, folder: Path) -> int:
    try:
        models.load(name, folder)
    except LoadError as error:
        return error.status
    return 200


def test_models_fit_until_memory_is_short(folder: Path, room: Callable[[int], Models]) -> None:
    models = room(2)
    assert [_load(models, name, folder) for name in ("a", "b", "c")] == [200, 200, 507]
    assert models.names() == ["a", "b"]


def test_an_unloaded_model_makes_room(folder: Path, room: Callable[[int], Models]) -> None:
    models = room(1)
    assert _load(models, "a", folder) == 200
    assert models.unload("a") == 200
    assert _load(models, "b", folder) == 200
    assert models.names() == ["b"]


def test_a_loaded_model_is_not_loaded_again(folder: Path, room: Callable[[int], Models]) -> None:
    models = room(2)
    assert [_load(models, "a", folder), _load(models, "a", folder)] == [200, 409]


def test_an_unknown_model_cannot_be_unloaded(room: Callable[[int], Models]) -> None:
    assert room(1).unload("a") == 404


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
def test_what_is_no_model_is_not_loaded(warm: None, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "xgboost-model").write_bytes(content)
    models = Models(serve.__name__, 1 << 20)
    with pytest.raises(LoadError, match=re.escape(said)) as refused:
        models.load("a", tmp_path)
    assert refused.value.status == 500
    assert models.names() == []


@pytest.mark.parametrize(("files", "found"), [(0, "nothing"), (2, "'model-0', 'model-1'")])
def test_an_artifact_holds_one_file(warm: None, tmp_path: Path, files: int, found: str) -> None:
    for number in range(files):
        (tmp_path / f"model-{number}").write_bytes(b"x")
    with pytest.raises(LoadError, match=f"one model file at its root, got {found}"):
        Models(serve.__name__, 1 << 20).load("a", tmp_path)


def test_what_a_family_needs_and_this_machine_lacks_is_named(
    warm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "family_of_more.py").write_text("import package_that_is_nowhere", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LoadError, match="No module named 'package_that_is_nowhere': install what the image has"):
        Models("family_of_more", 1 << 20).load("a", tmp_path)


def test_a_model_answers_every_row(folder: Path, room: Callable[[int], Models]) -> None:
    models = room(1)
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
    booster = serve.load(folder).booster
    with pytest.raises(DataError, match=said):
        serve.predict(booster, body, content_type)
