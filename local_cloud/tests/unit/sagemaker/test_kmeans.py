"""k-means: https://docs.aws.amazon.com/sagemaker/latest/dg/k-means.html"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score

from local_cloud.containers.sagemaker import mxnet_arrays, recordio
from local_cloud.containers.sagemaker.kmeans import hyperparameters, serve
from local_cloud.containers.sagemaker.programs import CustomerError, NoModelError
from local_cloud.services.sagemaker import images
from local_cloud.testing.sagemaker import algorithms
from local_cloud.testing.sagemaker.algorithms import Done, csv, records

IMAGE = "kmeans:1"
UNLABELLED = "text/csv;label_size=0"
# The corners of a square, with a distance of 10 between them.
CORNERS = [[0.0, 0.0], [0.0, 10.0], [10.0, 0.0], [10.0, 10.0]]


def _train(
    root: Path, channels: dict[str, bytes], content_type: str | None = UNLABELLED, **hyperparameters: str
) -> Done:
    request = {"k": "4", "feature_dim": "2", **hyperparameters}
    return algorithms.train(root, IMAGE, channels, request, content_type=content_type)


@pytest.fixture(scope="module")
def blobs() -> tuple[Any, Any]:
    rows, belongs = make_blobs(2000, centers=np.array(CORNERS), cluster_std=1.0, random_state=1)
    return rows, belongs


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, blobs: tuple[Any, Any]) -> Done:
    rows, _ = blobs
    channels = {"train": records(rows), "test": records(rows[:100])}
    # As the SDK sends it.
    more = {"force_dense": "True", "mini_batch_size": "500", "eval_metrics": '["msd", "ssd"]'}
    done = _train(tmp_path_factory.mktemp("kmeans"), channels, None, **more)
    assert done.code == 0, done.failure
    return done


def test_centers_are_where_the_rows_are(trained: Done, blobs: tuple[Any, Any]) -> None:
    rows, belongs = blobs
    (centers,) = mxnet_arrays.load((trained.root / "model" / "model_algo-1").read_bytes()).values()
    assert sorted(np.round(centers / 10).astype(int).tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    found = trained.predictions(rows)
    assert adjusted_rand_score(belongs, [row["closest_cluster"] for row in found]) > 0.99
    nearest = np.linalg.norm(rows[:, None] - centers, axis=2).min(axis=1)
    assert [row["distance_to_cluster"] for row in found] == pytest.approx(nearest.tolist(), rel=1e-4)


def test_the_log_tells_the_distances(trained: Done, blobs: tuple[Any, Any]) -> None:
    rows, _ = blobs
    squares = np.array([row["distance_to_cluster"] for row in trained.predictions(rows)]) ** 2
    found = trained.metrics
    assert found["train:msd"] == pytest.approx(squares.mean(), rel=1e-4)
    assert found["test:msd"] == pytest.approx(squares[:100].mean(), rel=1e-4)
    assert found["test:ssd"] == pytest.approx(squares[:100].sum(), rel=1e-4)
    assert found["train:progress"] == 100
    assert found["train:throughput"] > 0


@pytest.mark.parametrize("method", ["random", "kmeans++"])
def test_digits_are_clustered_as_well_as_scikit_learn_does(tmp_path: Path, method: str) -> None:
    rows, _ = load_digits(return_X_y=True)
    done = _train(
        tmp_path, {"train": csv(rows)}, k="10", feature_dim="64", mini_batch_size="500", init_method=method, epochs="3"
    )
    theirs = KMeans(10, n_init=10, random_state=0).fit(rows).inertia_ / len(rows)
    print(f"digits: msd {done.metrics['train:msd']:.0f}, scikit-learn {theirs:.0f}")  # noqa: T201  # for whoever asks with -s
    assert done.metrics["train:msd"] < 1.05 * theirs


def test_old_rows_may_count_less(tmp_path: Path) -> None:
    # Rows around 0 first, and around 10 after them: without a half-life the only center is between them.
    rows = np.repeat([[0.0], [10.0]], 500, axis=0) + np.random.default_rng(0).normal(0, 0.1, (1000, 1))
    centers = []
    for half_life in ("0", "50"):
        request = {"k": "1", "feature_dim": "1", "extra_center_factor": "1", "mini_batch_size": "50"}
        done = _train(tmp_path / half_life, {"train": csv(rows)}, half_life_time_size=half_life, **request)
        centers.append(mxnet_arrays.load((done.root / "model" / "model_algo-1").read_bytes())["0"][0, 0])
    assert centers[0] == pytest.approx(5, abs=0.2)
    # Ten times the half-life ago is a thousandth of the weight.
    assert centers[1] == pytest.approx(10, abs=0.1)


def test_equal_jobs_make_equal_files(tmp_path: Path, blobs: tuple[Any, Any]) -> None:
    rows, _ = blobs
    files = [
        (_train(tmp_path / name, {"train": csv(rows)}).root / "model" / "model_algo-1").read_bytes() for name in "ab"
    ]
    assert files[0] == files[1]


def test_a_first_column_is_a_label_unless_the_content_type_says_otherwise(
    tmp_path: Path, blobs: tuple[Any, Any]
) -> None:
    rows, belongs = blobs
    labelled = _train(tmp_path / "a", {"train": csv(rows, belongs)}, "text/csv")
    plain = _train(tmp_path / "b", {"train": csv(rows)}, UNLABELLED)
    one, other = ((done.root / "model" / "model_algo-1").read_bytes() for done in (labelled, plain))
    assert one == other


@pytest.fixture
def square(tmp_path: Path) -> serve.Clusters:
    """A model that AWS's container could have written."""
    (tmp_path / "model_algo-1").write_bytes(mxnet_arrays.dump([np.array(CORNERS)]))
    return serve.load(tmp_path)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (
            "application/json",
            (
                b'{"predictions": [{"closest_cluster": 0.0, "distance_to_cluster": 5.0},'
                b' {"closest_cluster": 3.0, "distance_to_cluster": 1.0}]}'
            ),
        ),
        (
            "application/jsonlines",
            b'{"closest_cluster": 0.0, "distance_to_cluster": 5.0}\n{"closest_cluster": 3.0, "distance_to_cluster": 1.0}\n',
        ),
        ("text/csv", b"0.0,5.0\n3.0,1.0"),
    ],
)
def test_answers_have_the_documented_forms(square: serve.Clusters, accept: str, expected: bytes) -> None:
    answer = square.answer(b"3,4\n11,10", content_type="text/csv", accept=accept)
    assert answer.content_type == accept
    assert answer.body == expected


def test_answers_may_be_records(square: serve.Clusters) -> None:
    form = "application/x-recordio-protobuf"
    answer = square.answer(records([[3, 4]]), content_type=form, accept=form)
    (record,) = recordio.read(io.BytesIO(answer.body))
    assert {name: tensor.values.tolist() for name, tensor in record.label.items()} == {
        "closest_cluster": [0],
        "distance_to_cluster": [5],
    }


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("k", ["2", "100"], ["0", "x"]),
        ("feature_dim", ["2"], ["0", "auto"]),
        ("mini_batch_size", ["1"], ["0"]),
        ("init_method", ["random", "kmeans++"], ["k-means++"]),
        ("extra_center_factor", ["auto", "4"], ["0"]),
        ("local_lloyd_max_iter", ["1"], ["0"]),
        ("local_lloyd_tol", ["0", "1", "0.5"], ["1.1", "-1"]),
        ("local_lloyd_init_method", ["random", "kmeans++"], ["x"]),
        ("local_lloyd_num_trials", ["auto", "3"], ["0"]),
        ("half_life_time_size", ["0", "7"], ["-1"]),
        ("epochs", ["1"], ["0"]),
        ("eval_metrics", ['["msd"]', '["msd", "ssd"]'], ["msd", "[]", '["mse"]', "{}"]),
        ("force_dense", ["True", "false"], ["x"]),
    ],
)
def test_documented_values_are_taken_and_others_refused(name: str, good: list[str], bad: list[str]) -> None:
    required = {"k": "2", "feature_dim": "2"}
    for value in good:
        hyperparameters.parse(required | {name: value})
    for value in bad:
        with pytest.raises(CustomerError) as raised:
            hyperparameters.parse(required | {name: value})
        assert str(raised.value).startswith(f"The value '{value}' is not valid for the '{name}' hyperparameter which")


def test_mistakes_are_named(tmp_path: Path) -> None:
    done = algorithms.train(tmp_path, IMAGE, {}, {"feature_dim": "2"})
    assert done.code == 2
    assert "No value(s) were specified for 'k' which are required hyperparameter(s)" in done.failure
    few = {"train": csv(CORNERS)}
    assert (
        "k is 5, it must not exceed the number of records in the train channel, which is 4"
        in _train(tmp_path, few, k="5").failure
    )
    assert "doesn't match train data dimensionality '1'" in _train(tmp_path, few, "text/csv").failure
    assert (
        "('validation' was unexpected); the channels are train, test"
        in _train(tmp_path, few | {"validation": few["train"]}).failure
    )


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="must hold model_algo-1"):
        serve.load(tmp_path)
    for content in (b"PK", mxnet_arrays.dump([np.ones(3)]), mxnet_arrays.dump([np.ones((1, 1)), np.ones((1, 1))])):
        (tmp_path / "model_algo-1").write_bytes(content)
        with pytest.raises(NoModelError, match="model_algo-1 is no model of k-means"):
            serve.load(tmp_path)


def test_its_metrics_are_those_that_may_be_tuned_by() -> None:
    built_in = images.find(IMAGE).built_in
    assert built_in is not None
    assert set(built_in.objectives) <= {item["Name"] for item in built_in.definitions()}
