"""Principal component analysis: https://docs.aws.amazon.com/sagemaker/latest/dg/pca.html"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA, TruncatedSVD

from local_cloud.containers.sagemaker import mxnet_arrays, recordio
from local_cloud.containers.sagemaker.pca import components, hyperparameters, serve
from local_cloud.containers.sagemaker.programs import CustomerError, NoModelError
from local_cloud.testing.sagemaker import algorithms
from local_cloud.testing.sagemaker.algorithms import Done, csv, records

IMAGE = "pca:1"


def _train(root: Path, channels: dict[str, bytes], content_type: str | None = None, **changes: str) -> Done:
    request = {"feature_dim": "13", "num_components": "5", "mini_batch_size": "50", **changes}
    return algorithms.train(root, IMAGE, channels, request, content_type=content_type)


def _arrays(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.failure
    return mxnet_arrays.load((done.root / "model" / "model_algo-1").read_bytes())


@pytest.fixture(scope="module")
def wine() -> Any:
    return load_wine(return_X_y=True)[0]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, wine: Any) -> Done:
    return _train(tmp_path_factory.mktemp("pca"), {"train": records(wine), "test": records(wine[:50])})


def _shares(done: Done, rows: Any) -> Any:
    return np.array([row["projection"] for row in done.predictions(rows, name="projections")])


def test_components_are_those_of_scikit_learn(trained: Done, wine: Any) -> None:
    exact, arrays = PCA(5).fit(wine.astype(np.float32)), _arrays(trained)
    assert set(arrays) == {"mean", "s", "v"}
    # The least one comes first.
    assert arrays["s"].tolist() == pytest.approx(exact.singular_values_[::-1].tolist(), rel=1e-3)
    assert arrays["mean"].shape == (1, 13)
    assert arrays["mean"][0].tolist() == pytest.approx(exact.mean_.tolist(), rel=1e-4)
    assert arrays["v"].shape == (13, 5)
    same = np.abs(np.sum(arrays["v"] * exact.components_[::-1].T, axis=0))
    assert same.tolist() == pytest.approx([1] * 5, abs=1e-3)
    # Which way a component points is our choice.
    expected = exact.transform(wine)[:, ::-1] * np.sign(np.sum(arrays["v"] * exact.components_[::-1].T, axis=0))
    assert _shares(trained, wine) == pytest.approx(expected, rel=1e-2, abs=0.05)


def test_without_subtraction_the_rows_count_as_they_are(tmp_path: Path, wine: Any) -> None:
    arrays = _arrays(_train(tmp_path, {"train": records(wine)}, subtract_mean="false"))
    exact = TruncatedSVD(5, algorithm="arpack").fit(wine)
    assert set(arrays) == {"s", "v"}
    assert arrays["s"].tolist() == pytest.approx(sorted(exact.singular_values_), rel=1e-3)


def test_a_random_sketch_keeps_nearly_as_much(tmp_path: Path) -> None:
    rows = load_digits(return_X_y=True)[0][:600]
    request = {"feature_dim": "64", "num_components": "10", "mini_batch_size": "100", "extra_components": "40"}
    kept = {}
    for mode in ("regular", "randomized"):
        done = _train(tmp_path / mode, {"train": csv(rows)}, "text/csv;label_size=0", algorithm_mode=mode, **request)
        kept[mode] = np.var(_shares(done, rows), axis=0).sum() / np.var(rows, axis=0).sum()
    assert kept["regular"] == pytest.approx(PCA(10).fit(rows).explained_variance_ratio_.sum(), rel=1e-4)
    assert 0.8 * kept["regular"] < kept["randomized"] < kept["regular"]


def test_more_extra_components_keep_more(tmp_path: Path) -> None:
    rows = load_digits(return_X_y=True)[0][:600]
    kept = []
    for extra in ("0", "500"):
        request = {"feature_dim": "64", "num_components": "5", "algorithm_mode": "randomized"}
        done = _train(tmp_path / extra, {"train": records(rows)}, extra_components=extra, **request)
        kept.append(np.var(_shares(done, rows), axis=0).sum())
    assert kept[0] < kept[1]


def test_the_log_tells_how_it_went(trained: Done) -> None:
    assert trained.metrics["train:progress"] == 100
    assert trained.metrics["train:throughput"] > 0
    assert "#test_score (algo-1) : ('mean_square_left_out', " in trained.log


def test_equal_jobs_make_equal_files(tmp_path: Path, wine: Any) -> None:
    for mode in ("regular", "randomized"):
        done = [
            _train(tmp_path / mode / name, {"train": records(wine)}, algorithm_mode=mode).root
            / "model"
            / "model_algo-1"
            for name in ("a", "b")
        ]
        assert done[0].read_bytes() == done[1].read_bytes()


@pytest.fixture
def halves(tmp_path: Path) -> serve.Projector:
    """A model that AWS's container could have written: the second feature less 1, and half of the first one."""
    arrays = {"v": np.array([[0, 0.5], [1, 0]]), "s": np.array([1.0, 2.0]), "mean": np.array([[0.0, 1.0]])}
    (tmp_path / "model_algo-1").write_bytes(mxnet_arrays.dump(arrays))
    return serve.load(tmp_path)


def test_answers_have_the_documented_forms(halves: serve.Projector) -> None:
    def ask(accept: str) -> bytes:
        answer = halves.answer(b"4,3\n0,1", content_type="text/csv", accept=accept)
        assert answer.content_type == accept
        return answer.body

    assert json.loads(ask("application/json")) == {"projections": [{"projection": [2, 2]}, {"projection": [0, 0]}]}
    assert ask("application/jsonlines") == b'{"projection": [2.0, 2.0]}\n{"projection": [0.0, 0.0]}\n'
    first, _ = recordio.read(io.BytesIO(ask("application/x-recordio-protobuf")))
    assert {name: tensor.values.tolist() for name, tensor in first.label.items()} == {"projection": [2, 2]}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("feature_dim", ["13"], ["0", "auto"]),
        ("num_components", ["5"], ["0"]),
        ("mini_batch_size", ["1"], ["0"]),
        ("algorithm_mode", ["regular", "randomized"], ["random"]),
        ("subtract_mean", ["true", "False"], ["1"]),
        ("extra_components", ["-1", "0", "10"], ["-2", "x"]),
        ("force_dense", ["True"], ["x"]),
        ("epochs", ["1"], ["2"]),
    ],
)
def test_documented_values_are_taken_and_others_refused(name: str, good: list[str], bad: list[str]) -> None:
    required = {"feature_dim": "20", "num_components": "2", "mini_batch_size": "10"}
    for value in good:
        hyperparameters.parse(required | {name: value})
    for value in bad:
        with pytest.raises(CustomerError) as raised:
            hyperparameters.parse(required | {name: value})
        assert str(raised.value).startswith(f"The value '{value}' is not valid for the '{name}' hyperparameter which")


def test_mistakes_are_named(tmp_path: Path, wine: Any) -> None:
    # https://github.com/aws/sagemaker-python-sdk/issues/132
    done = algorithms.train(tmp_path, IMAGE, {}, {"feature_dim": "2", "num_components": "1"})
    assert done.code == 2
    assert done.failure.startswith(
        "No value(s) were specified for 'mini_batch_size' which are required hyperparameter(s) (caused by"
    )
    good = {"train": records(wine)}
    assert "it must not exceed feature_dim, which is 13" in _train(tmp_path, good, num_components="14").failure
    few = {"train": records(wine[:4])}
    assert "the number of records in the train channel, which is 4" in _train(tmp_path, few).failure
    assert "doesn't match train data dimensionality '13'" in _train(tmp_path, good, feature_dim="12").failure


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="must hold model_algo-1"):
        serve.load(tmp_path)
    no_mean = {"mean": np.ones((1, 2)), "s": np.ones(1), "v": np.ones((3, 1))}
    for content in (b"PK", mxnet_arrays.dump([np.ones((3, 1))]), mxnet_arrays.dump(no_mean)):
        (tmp_path / components.NAME).write_bytes(content)
        with pytest.raises(NoModelError, match="model_algo-1 is no model of principal component analysis"):
            serve.load(tmp_path)
