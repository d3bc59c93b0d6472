"""The trainer against other implementations, and what it writes: the log, the model, checkpoints."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression, QuantileRegressor, Ridge
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from local_cloud.containers.sagemaker.linear_learner import checkpoints
from local_cloud.testing.sagemaker import algorithms
from local_cloud.testing.sagemaker.algorithms import Done, csv, records

IMAGE = "linear-learner:1"


def _train(
    root: Path,
    channels: dict[str, bytes],
    predictor: str,
    *,
    content_type: str | None = "text/csv",
    checkpoints: bool = False,
    **hyperparameters: str,
) -> Done:
    done = algorithms.train(
        root,
        IMAGE,
        channels,
        {"predictor_type": predictor, **hyperparameters},
        content_type=content_type,
        checkpoints=checkpoints,
    )
    assert done.code == 0, done.failure
    return done


def _line(done: Done) -> tuple[list[float], float]:
    """Weights and bias of a model of one output."""
    with zipfile.ZipFile(done.root / "model" / "model_algo-1") as archive:
        content = json.loads(archive.read("weights.json"))
    return [row[0] for row in content["weights"]], content["bias"][0]


@pytest.fixture(scope="module")
def salaries() -> tuple[Any, Any]:
    """By years of experience: 30,000 and 9,500 for each, and what else decides."""
    random = np.random.default_rng(0)
    years = random.uniform(0, 20, (4000, 1))
    return years, 30000 + 9500 * years[:, 0] + random.normal(0, 8000, 4000)


@pytest.mark.parametrize("models", ["auto", "1"])
@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("batch", ["1000", "100", "3200"])
def test_slopes_are_those_of_least_squares(
    tmp_path: Path, salaries: tuple[Any, Any], batch: str, validated: bool, models: str
) -> None:
    years, wages = salaries
    channels = {"train": csv(years[:3200], wages[:3200])} | (
        {"validation": csv(years[3200:], wages[3200:])} if validated else {}
    )
    done = _train(tmp_path, channels, "regressor", mini_batch_size=batch, num_models=models)
    slope, exact = _line(done)[0][0], LinearRegression().fit(years[:3200], wages[:3200]).coef_[0]
    print(f"slope {slope:.0f}, least squares {exact:.0f}, of the data 9500")  # noqa: T201  # for whoever asks with -s
    assert slope == pytest.approx(exact, rel=0.02)


def _splits(name: str) -> list[tuple[Any, Any, Any, Any]]:
    """Of a data set of scikit-learn: features and labels to learn from, and others to be asked about."""
    load = {"breast cancer": load_breast_cancer, "digits": load_digits, "wine": load_wine}[name]
    features, labels = load(return_X_y=True)
    if name == "digits":
        learned, asked, known, right = train_test_split(features, labels, test_size=0.3, random_state=3)
        return [(learned, known, asked, right)]
    # Of the others a third is so small that two rows are more than a point.
    folds = StratifiedKFold(3, shuffle=True, random_state=3).split(features, labels)
    return [(features[rows], labels[rows], features[others], labels[others]) for rows, others in folds]


@pytest.mark.parametrize("name", ["breast cancer", "digits", "wine"])
def test_it_is_as_accurate_as_scikit_learn(tmp_path: Path, name: str) -> None:
    hits: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number, (features, labels, asked, right) in enumerate(_splits(name)):
        learned, compared, known, told = train_test_split(features, labels, test_size=0.25, random_state=3)
        classes = len(set(labels))
        more: dict[str, Any] = {"num_classes": str(classes)} if classes > 2 else {}
        done = _train(
            tmp_path / str(number),
            {"train": csv(learned, known), "validation": csv(compared, told)},
            "multiclass_classifier" if more else "binary_classifier",
            mini_batch_size=str(min(100, len(known))),
            **more,
        )
        hits["ours"] += [
            row["predicted_label"] == label for row, label in zip(done.predictions(asked), right, strict=True)
        ]
        theirs = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(learned, known)
        hits["theirs"] += (theirs.predict(asked) == right).tolist()
    ours, theirs = (float(np.mean(hits[whose])) for whose in ("ours", "theirs"))
    print(f"{name}: accuracy {ours:.4f}, scikit-learn {theirs:.4f}")  # noqa: T201  # for whoever asks with -s
    assert ours >= theirs - 0.01


def test_it_predicts_as_closely_as_scikit_learn(tmp_path: Path) -> None:
    features, labels = load_diabetes(return_X_y=True)
    learned, asked, known, right = train_test_split(features, labels, test_size=0.3, random_state=3)
    done = _train(tmp_path, {"train": records(learned, known)}, "regressor", mini_batch_size="50", content_type=None)
    found = np.array([row["score"] for row in done.predictions(asked)])
    ours, theirs = (
        float(np.sqrt(np.mean((scores - right) ** 2)))
        for scores in (found, LinearRegression().fit(learned, known).predict(asked))
    )
    print(f"diabetes: rmse {ours:.2f}, scikit-learn {theirs:.2f}")  # noqa: T201  # for whoever asks with -s
    assert ours <= 1.02 * theirs


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_every_optimizer_gets_there(tmp_path: Path, salaries: tuple[Any, Any], optimizer: str) -> None:
    years, wages = salaries
    done = _train(tmp_path, {"train": csv(years, wages)}, "regressor", mini_batch_size="100", optimizer=optimizer)
    assert _line(done)[0][0] == pytest.approx(LinearRegression().fit(years, wages).coef_[0], rel=0.02)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_a_quantile_is_that_share_of_the_labels(tmp_path: Path, salaries: tuple[Any, Any], quantile: float) -> None:
    years, wages = salaries
    done = _train(
        tmp_path,
        {"train": csv(years, wages)},
        "regressor",
        loss="quantile_loss",
        quantile=str(quantile),
        mini_batch_size="100",
    )
    scores = np.array([row["score"] for row in done.predictions(years)])
    assert np.mean(wages < scores) == pytest.approx(quantile, abs=0.02)
    exact = QuantileRegressor(quantile=quantile, alpha=0).fit(years[:500], wages[:500])
    assert _line(done)[0][0] == pytest.approx(exact.coef_[0], rel=0.05)


@pytest.mark.parametrize(
    "loss", ["absolute_loss", "huber_loss", "eps_insensitive_squared_loss", "eps_insensitive_absolute_loss"]
)
def test_other_losses_lead_to_the_same_line_where_errors_are_even(
    tmp_path: Path, salaries: tuple[Any, Any], loss: str
) -> None:
    done = _train(tmp_path, {"train": csv(*salaries)}, "regressor", loss=loss, mini_batch_size="100")
    assert _line(done)[0][0] == pytest.approx(9500, rel=0.02)


def test_what_lies_far_off_moves_an_absolute_loss_less(tmp_path: Path) -> None:
    years = np.linspace(0, 10, 400)[:, None]
    labels = 2 * years[:, 0]
    labels[::20] += 1000
    found = {
        loss: _train(tmp_path / loss, {"train": csv(years, labels)}, "regressor", loss=loss, mini_batch_size="50")
        for loss in ("squared_loss", "absolute_loss")
    }
    offsets = {loss: _line(done)[1] for loss, done in found.items()}
    # A twentieth of them is 1,000 above the line: the mean error is 50, the median 0.
    assert offsets["squared_loss"] > 20
    assert abs(offsets["absolute_loss"]) < 5


def test_weight_decay_is_that_of_ridge_regression(tmp_path: Path) -> None:
    features, labels = load_diabetes(return_X_y=True)
    decay = 1.0
    done = _train(
        tmp_path,
        {"train": csv(features, labels)},
        "regressor",
        wd=str(decay),
        l1="0",
        num_models="1",
        mini_batch_size="442",
        epochs="150",
        early_stopping_patience="400",
        # From nothing straight to the goal, so that the last epoch is the best one.
        optimizer="sgd",
        momentum="0",
        learning_rate="0.1",
        use_lr_scheduler="false",
        init_scale="1e-9",
    )
    # The mean of squares has the slope 2 (w - w'), so that half of the decay is Ridge's share of a row.
    scaled = StandardScaler().fit_transform(features)
    exact = Ridge(alpha=decay * len(labels) / 2).fit(scaled, (labels - labels.mean()) / labels.std())
    expected = exact.coef_ * labels.std() / features.std(axis=0)
    assert _line(done)[0] == pytest.approx(expected.tolist(), rel=0.01)


def test_without_a_bias_the_line_goes_through_zero(tmp_path: Path, salaries: tuple[Any, Any]) -> None:
    years, wages = salaries
    done = _train(tmp_path, {"train": csv(years, wages)}, "regressor", use_bias="False", mini_batch_size="100")
    weights, bias = _line(done)
    assert bias == 0
    assert weights[0] == pytest.approx(LinearRegression(fit_intercept=False).fit(years, wages).coef_[0], rel=0.02)


@pytest.mark.parametrize("switch", ["normalize_data", "normalize_label", "unbias_data", "unbias_label"])
@pytest.mark.parametrize("initial", ["uniform", "normal"])
def test_the_line_is_the_same_however_it_is_looked_for(tmp_path: Path, switch: str, initial: str) -> None:
    random = np.random.default_rng(2)
    features = random.normal(1, 2, (1000, 2))
    labels = features @ [3, -1] + 5 + random.normal(0, 0.1, 1000)
    more: dict[str, Any] = {"init_method": initial, switch: "false"}
    done = _train(tmp_path, {"train": csv(features, labels)}, "regressor", mini_batch_size="20", num_models="8", **more)
    weights, bias = _line(done)
    assert [*weights, bias] == pytest.approx([3, -1, 5], rel=0.02)


def test_rare_classes_may_count_as_much_as_others(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    labels = random.choice(3, 2000, p=[0.9, 0.05, 0.05])
    features = np.eye(3)[labels] + random.normal(0, 0.7, (2000, 3))
    recall = {}
    for balanced in ("false", "true"):
        done = _train(
            tmp_path / balanced,
            {"train": csv(features, labels)},
            "multiclass_classifier",
            num_classes="3",
            num_models="1",
            mini_batch_size="100",
            balance_multiclass_weights=balanced,
        )
        recall[balanced] = done.metrics["train:macro_recall"]
    theirs = LogisticRegression(class_weight="balanced").fit(features, labels).predict(features)
    assert recall["true"] > recall["false"] + 0.1
    assert recall["true"] == pytest.approx(balanced_accuracy_score(labels, theirs), abs=0.02)


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Any, Any]:
    features, labels = load_breast_cancer(return_X_y=True)
    done = _train(
        tmp_path_factory.mktemp("binary"),
        {
            "train": csv(features[:300], labels[:300]),
            "validation": csv(features[300:], labels[300:]),
            "test": csv(features[300:], labels[300:]),
        },
        "binary_classifier",
        mini_batch_size="100",
        f_beta="2",
        epochs="4",
        num_models="8",
    )
    return done, features[300:], labels[300:]


def test_the_log_tells_the_metrics_of_a_binary_classifier(binary: tuple[Done, Any, Any]) -> None:
    done, features, labels = binary
    rows = done.predictions(features)
    told, scores = ([row[name] for row in rows] for name in ("predicted_label", "score"))
    expected = {
        "objective_loss": log_loss(labels, scores),
        "binary_classification_accuracy": accuracy_score(labels, told),
        "binary_f_beta": fbeta_score(labels, told, beta=2),
        "precision": precision_score(labels, told),
        "recall": recall_score(labels, told),
        "roc_auc_score": roc_auc_score(labels, scores),
    }
    found = done.metrics
    assert {name: found[f"test:{name}"] for name in expected} == pytest.approx(expected, rel=1e-4)
    assert found["validation:binary_f_beta"] == found["test:binary_f_beta"]
    assert found["validation:objective_loss:final"] == found["test:objective_loss"]
    assert found["train:progress"] == 100
    assert found["train:throughput"] > 0


def test_every_metric_that_a_tuning_job_may_go_by_is_told(binary: tuple[Done, Any, Any]) -> None:
    found = binary[0].metrics
    assert {"validation:objective_loss", "train:objective_loss", "test:binary_classification_accuracy"} <= set(found)
    # Each epoch's loss is that of the first candidate, as in AWS's logs.
    lines = [line for line in binary[0].log.splitlines() if "epoch=3, validation binary" in line]
    assert len(lines) == 1
    assert f"<loss>={found['validation:objective_loss']!r}" in lines[0]
    last = [
        json.loads(line.removeprefix("#metrics ")) for line in binary[0].log.splitlines() if line.startswith("#met")
    ]
    first = [
        item["Metrics"]
        for item in last
        if item["Dimensions"].get("epoch") == 3 and item["Dimensions"].get("model") == 0
    ]
    name = "validation_binary_classification_cross_entropy_objective"
    assert [item[name]["sum"] for item in first if name in item] == [found["validation:objective_loss"]]


def test_the_log_tells_the_metrics_of_several_classes(tmp_path: Path) -> None:
    features, labels = load_wine(return_X_y=True)
    done = _train(
        tmp_path,
        {"train": csv(features[::2], labels[::2]), "validation": csv(features[1::2], labels[1::2])},
        "multiclass_classifier",
        num_classes="3",
        mini_batch_size="10",
        epochs="2",
        num_models="1",
        learning_rate="0.05",
        accuracy_top_k="2",
    )
    rows, right = done.predictions(features[1::2]), labels[1::2]
    told, scores = [row["predicted_label"] for row in rows], np.array([row["score"] for row in rows])
    scores = scores / scores.sum(axis=1, keepdims=True)
    places = (-scores).argsort(axis=1).argsort(axis=1)[np.arange(len(right)), right]
    expected = {
        "objective_loss:final": log_loss(right, scores),
        "multiclass_accuracy": accuracy_score(right, told),
        "multiclass_top_k_accuracy": top_k_accuracy_score(right, scores, k=2),
        "dcg": np.mean(1 / np.log2(places + 2)),
        "macro_recall": balanced_accuracy_score(right, told),
        "macro_precision": precision_score(right, told, average="macro"),
        "macro_f_beta": f1_score(right, told, average="macro"),
    }
    found = done.metrics
    assert {name: found[f"validation:{name}"] for name in expected} == pytest.approx(expected, rel=1e-4)


def test_the_log_tells_the_metrics_of_a_regression(tmp_path: Path, salaries: tuple[Any, Any]) -> None:
    years, wages = salaries
    done = _train(
        tmp_path, {"train": csv(years, wages)}, "regressor", mini_batch_size="100", epochs="2", num_models="1"
    )
    errors = np.array([row["score"] for row in done.predictions(years)]) - wages
    found = done.metrics
    assert found["train:mse"] == pytest.approx(np.mean(errors**2), rel=1e-5)
    assert found["train:absolute_loss"] == pytest.approx(np.mean(np.abs(errors)), rel=1e-5)
    assert found["train:rmse"] == pytest.approx(np.sqrt(found["train:mse"]))
    assert found["train:objective_loss:final"] == found["train:mse"]
    assert "Test data is not provided." in done.log


def test_a_trial_of_a_tuning_job_trains_one_model(tmp_path: Path, salaries: tuple[Any, Any]) -> None:
    channels = {"train": csv(*salaries)}
    more: dict[str, Any] = {"_tuning_objective_metric": "validation:objective_loss", "epochs": "1"}
    assert '"model": 1' not in _train(tmp_path / "trial", channels, "regressor", num_models="32", **more).log
    assert '"model": 31' in _train(tmp_path / "job", channels, "regressor", epochs="1").log


def test_equal_jobs_make_equal_files(tmp_path: Path, salaries: tuple[Any, Any]) -> None:
    done = [_train(tmp_path / name, {"train": csv(*salaries)}, "regressor", epochs="2") for name in ("a", "b")]
    one, other = ((item.root / "model" / "model_algo-1").read_bytes() for item in done)
    assert one == other
    with zipfile.ZipFile(done[0].root / "model" / "model_algo-1") as archive:
        assert archive.namelist() == [
            "additional-params.json",
            "manifest.json",
            "weights.json",
            "mx-mod-symbol.json",
            "mx-mod-0000.params",
        ]


def test_an_interrupted_job_goes_on_where_it_stood(
    tmp_path: Path, salaries: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    request: dict[str, Any] = {"epochs": "6", "mini_batch_size": "100", "early_stopping_patience": "9"}
    channels = {"train": csv(*salaries)}
    whole = _train(tmp_path / "whole", channels, "regressor", **request)
    save = checkpoints.save

    def interrupt(progress: checkpoints.Progress, folder: Path, name: str) -> None:
        save(progress, folder, name)
        if progress.epoch == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _train(tmp_path / "spot", channels, "regressor", checkpoints=True, **request)
    monkeypatch.undo()
    resumed = _train(tmp_path / "spot", channels, "regressor", checkpoints=True, **request)

    assert "Loaded checkpoint of epoch 3, 2 epoch(s) are left" in resumed.log
    epochs = [f"epoch={number}, train" for number in range(6)]
    assert [epoch in resumed.log for epoch in epochs] == [False] * 4 + [True] * 2
    one, other = ((done.root / "model" / "model_algo-1").read_bytes() for done in (whole, resumed))
    assert one == other


@pytest.mark.parametrize("spoil", ["other hyperparameters", "no checkpoint"])
def test_what_is_no_checkpoint_of_the_job_is_told_and_left(
    tmp_path: Path, salaries: tuple[Any, Any], spoil: str
) -> None:
    channels = {"train": csv(*salaries)}
    more: dict[str, Any] = {"num_models": "1", "epochs": "2"}
    _train(tmp_path, channels, "regressor", checkpoints=True, **more)
    if spoil == "no checkpoint":
        (tmp_path / "checkpoints" / checkpoints.NAME).write_bytes(b"PK")
    else:
        more["epochs"] = "3"
    again = _train(tmp_path, channels, "regressor", checkpoints=True, **more)
    assert "training begins anew" in again.log
    assert "epoch=0, train" in again.log


def test_training_stops_when_no_model_gets_better(tmp_path: Path, salaries: tuple[Any, Any]) -> None:
    done = _train(
        tmp_path,
        {"train": csv(*salaries)},
        "regressor",
        epochs="40",
        mini_batch_size="100",
        num_models="1",
        early_stopping_patience="2",
        early_stopping_tolerance="0.01",
    )
    assert "Early stop condition met. Stopping training." in done.log
    assert "epoch=39" not in done.log


def test_rows_of_class_1_may_count_more(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    labels = (random.random(2000) < 0.1).astype(int)
    features = labels[:, None] + random.normal(0, 1, (2000, 1))
    shares = []
    for weight in ("1", "balanced"):
        done = _train(
            tmp_path / weight,
            {"train": csv(features, labels)},
            "binary_classifier",
            mini_batch_size="100",
            num_models="1",
            positive_example_weight_mult=weight,
            binary_classifier_model_selection_criteria="loss_function",
        )
        shares.append(np.mean([row["score"] for row in done.predictions(features)]))
    # Scores are the share of ones in the data, and in data that had as many of both.
    assert shares[0] == pytest.approx(0.1, abs=0.02)
    assert 0.3 < shares[1] < 0.6
