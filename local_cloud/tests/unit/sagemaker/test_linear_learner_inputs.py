"""Hyperparameters and channels: what linear learner takes, and in which words it refuses the rest."""

import contextlib
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_cloud.containers.sagemaker.linear_learner import hyperparameters, selection
from local_cloud.containers.sagemaker.programs import CustomerError
from local_cloud.testing.sagemaker import algorithms
from local_cloud.testing.sagemaker.algorithms import csv, records

IMAGE = "linear-learner:1"
ROWS = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 3.0]])
LABELS = [1.0, 0.0, 1.0, 0.0]

# Each with values that the documentation allows, and such that it does not.
TABLE: dict[str, tuple[list[str], list[str]]] = {
    "accuracy_top_k": (["1", "7"], ["0", "1.5", "x"]),
    "balance_multiclass_weights": (["true", "False"], ["yes", "auto"]),
    "beta_1": (["auto", "0.5", "0"], ["1", "-0.1", "x"]),
    "beta_2": (["auto", "0.5"], ["1.0"]),
    "bias_lr_mult": (["auto", "10"], ["0", "-1"]),
    "bias_wd_mult": (["auto", "0", "2.5"], ["-1"]),
    "binary_classifier_model_selection_criteria": (
        ["accuracy", "f_beta", "precision_at_target_recall", "recall_at_target_precision", "loss_function", "f1"],
        ["recall"],
    ),
    "early_stopping_patience": (["1"], ["0"]),
    "early_stopping_tolerance": (["0.5"], ["0", "-1"]),
    "epochs": (["1", "100"], ["0", "-3", "2.0", ""]),
    "f_beta": (["0.5"], ["0"]),
    "feature_dim": (["2", "auto"], ["0"]),
    "huber_delta": (["0", "2"], ["-1"]),
    "init_bias": (["-1.5"], ["auto"]),
    "init_method": (["uniform", "normal"], ["zeros"]),
    "init_scale": (["0.1"], ["0"]),
    "init_sigma": (["0.1"], ["0"]),
    "l1": (["auto", "0", "0.1"], ["-1", "nan", "inf"]),
    "learning_rate": (["auto", "1e-5"], ["0"]),
    "loss": (["auto", "squared_loss", "huber_loss", "quantile_loss"], ["mse"]),
    "loss_insensitivity": (["0.1"], ["0"]),
    "lr_scheduler_factor": (["auto", "0.5"], ["1", "0"]),
    "lr_scheduler_minimum_lr": (["auto", "0.1"], ["0"]),
    "lr_scheduler_step": (["auto", "5"], ["0"]),
    "margin": (["0", "2"], ["-1"]),
    "mini_batch_size": (["1", "5000"], ["0", "auto"]),
    "momentum": (["auto", "0", "0.9"], ["1"]),
    "normalize_data": (["auto", "true", "false"], ["1"]),
    "normalize_label": (["auto", "true", "false"], ["1"]),
    "num_calibration_samples": (["auto", "10"], ["0"]),
    "num_classes": (["3", "1000000"], ["0", "1000001"]),
    "num_models": (["auto", "32"], ["0"]),
    "num_point_for_scaler": (["10"], ["0"]),
    "optimizer": (["auto", "sgd", "adam", "rmsprop"], ["adagrad"]),
    "positive_example_weight_mult": (["auto", "balanced", "1e-5"], ["0"]),
    "predictor_type": (["regressor"], ["classifier"]),
    "quantile": (["0.5"], ["0", "1"]),
    "target_precision": (["0.5"], ["0", "1"]),
    "target_recall": (["0.5"], ["0", "1"]),
    "unbias_data": (["auto", "true"], ["x"]),
    "unbias_label": (["auto", "false"], ["x"]),
    "use_bias": (["True", "false"], ["auto"]),
    "use_lr_scheduler": (["true"], ["auto"]),
    "wd": (["auto", "0", "1e-7"], ["-1"]),
}


def _parse(**given: str) -> hyperparameters.Settings:
    return hyperparameters.parse({"predictor_type": "regressor", **given})


@pytest.mark.parametrize("name", TABLE)
def test_documented_values_are_taken_and_others_refused(name: str) -> None:
    good, bad = TABLE[name]
    for value in good:
        _parse(**{name: value})
    for value in bad:
        with pytest.raises(
            CustomerError, match=f"The value '{value}' is not valid for the '{name}' hyperparameter which"
        ):
            _parse(**{name: value})


def test_the_table_has_all_of_them() -> None:
    assert {name for name in hyperparameters.KINDS if not name.startswith("_")} == set(TABLE)
    assert set(hyperparameters.DEFAULTS) == (set(TABLE) | {"_tuning_objective_metric"}) - {"predictor_type"}
    assert _parse().values


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "No value(s) were specified for 'predictor_type' which are required hyperparameter(s) (caused by Valid"),
        (
            {"predictor_type": "regressor", "learningrate": "1"},
            "Additional hyperparameters are not allowed ('learningrate' was unexpected) (caused by ValidationError)",
        ),
        (
            {"predictor_type": "regressor", "a": "1", "b": "2"},
            "Additional hyperparameters are not allowed ('a', 'b' were unexpected)",
        ),
        (
            {"predictor_type": "multiclass_classifier"},
            "For predictor_type 'multiclass_classifier', 'num_classes' should be set to a value greater than 2, got none",
        ),
        ({"predictor_type": "multiclass_classifier", "num_classes": "2"}, "greater than 2, got 2"),
        (
            {"predictor_type": "binary_classifier", "loss": "squared_loss"},
            (
                "The value 'squared_loss' is not valid for the 'loss' hyperparameter when predictor_type is"
                " 'binary_classifier', which accepts one of the following: 'logistic', 'hinge_loss'"
            ),
        ),
        (
            {"predictor_type": "regressor", "optimizer": "x"},
            "accepts one of the following: 'auto', 'sgd', 'adam', 'rmsp",
        ),
        ({"predictor_type": "regressor", "epochs": "0"}, "expects an integer of at least 1"),
        ({"predictor_type": "regressor", "l1": "-1"}, "expects 'auto' or a number of at least 0"),
    ],
)
def test_a_wrong_hyperparameter_fails_the_job_before_it_reads_anything(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    done = algorithms.train(tmp_path, IMAGE, {}, given)
    # The exit code of a customer's mistake.
    assert done.code == 2
    assert said in done.failure


def _fail(root: Path, channels: dict[str, bytes], content_type: str | None = "text/csv", **changes: str) -> str:
    request = {"predictor_type": "binary_classifier", "mini_batch_size": "2", "epochs": "1", **changes}
    done = algorithms.train(root, IMAGE, channels, request, content_type=content_type)
    assert (done.code == 2) == bool(done.failure)
    return done.failure


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            b"y,a,b\n1,2,3\n",
            (
                "Unable to parse csv: rows 1-1, file /opt/ml/input/data/train/part-00000: column 1 is 'y', it"
                " must be a number; is it a header? The algorithm takes none"
            ),
        ),
        (b"1,2,3\n0,x,3\n", "Unable to parse csv: rows 2-2, file /opt/ml/input/data/train/part-00000: column 2 is 'x'"),
        (b"1,2,3\n0,2\n", "rows 2-2, file /opt/ml/input/data/train/part-00000: it has 2 columns, the first row has 3"),
        (
            b"1,2,3\n0,,3\n",
            (
                "Unable to read data channel 'train'. Found missing (NaN) values. Please remove any missing"
                " (NaN) values in the input data: rows 2-2, file /opt/ml/input/data/train/part-00000, column 2"
            ),
        ),
        (
            b"1,2,3\n0,nan,3\n",
            (
                "Found missing (NaN) values. Please remove any missing (NaN) values in the input data:"
                " /opt/ml/input/data/train/part-00000 row 2, column 2"
            ),
        ),
        (b"1,2,3\n0,inf,3\n", "Unable to read data channel 'train'. Found infinite floating point values."),
        (b"1\n0\n", "it has 1 column(s), needed are 1 for labels and at least 1 for features"),
        (b"", "Unable to read data channel 'train'. It has no rows in 1 file(s)"),
        (
            b"1,2\n2,3\n",
            "Labels of predictor_type 'binary_classifier' must be whole numbers from 0 to 1, got 2 in row 2",
        ),
        (b"0.5,2\n1,3\n", "got 0.5 in row 1 of the train dataset"),
        (
            b"1,2\n",
            "The value of mini_batch_size, 2, must not exceed the number of records in the train channel, which is 1",
        ),
    ],
)
def test_bad_data_are_named(tmp_path: Path, rows: bytes, said: str) -> None:
    assert said in _fail(tmp_path, {"train": rows})


@pytest.mark.parametrize(
    ("content_type", "content", "said"),
    [
        ("text/libsvm", b"1 0:1", "Content type 'text/libsvm' is not supported, choose 'text/csv'"),
        ("text/csv;label_size=x", b"1,2", "Content type 'text/csv;label_size=x' is not supported"),
        ("text/csv;label_size=0", csv(ROWS, LABELS), "Label size on train dataset found to be 0."),
        ("text/csv;label_size=2", csv(ROWS, LABELS), "Label size on train dataset found to be 2."),
        (None, records(ROWS), "Labeled train data required with label size equal 1."),
        (None, csv(ROWS, LABELS), "Requested content-type is 'application/x-recordio-protobuf'. Please verify"),
    ],
)
def test_content_types_mean_what_the_documentation_says(
    tmp_path: Path, content_type: str | None, content: bytes, said: str
) -> None:
    assert said in _fail(tmp_path, {"train": content}, content_type)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/csv", csv(ROWS, LABELS)),
        ("text/csv; label_size=1", csv(ROWS, LABELS)),
        (None, records(ROWS, LABELS)),
        ("application/x-recordio-protobuf", records(ROWS, LABELS)),
    ],
)
def test_all_forms_of_one_data_set_make_one_model(tmp_path: Path, content_type: str | None, content: bytes) -> None:
    assert _fail(tmp_path, {"train": content}, content_type) == ""
    model = (tmp_path / "model" / "model_algo-1").read_bytes()
    assert _fail(tmp_path / "other", {"train": csv(ROWS, LABELS)}) == ""
    assert (tmp_path / "other" / "model" / "model_algo-1").read_bytes() == model


def test_channels_are_checked(tmp_path: Path) -> None:
    good = csv(ROWS, LABELS)
    assert "Caused by: 'train' is a required property" in _fail(tmp_path / "a", {"validation": good})
    assert "('training' was unexpected)" in _fail(tmp_path / "b", {"train": good, "training": good})
    for number, (content, form) in enumerate(((good, "text/csv"), (records(ROWS, LABELS), None))):
        assert _fail(tmp_path / f"c{number}", {"train": content}, form, feature_dim="3").startswith(
            "Incorrect configuration or train dataset provided. The value of feature_dim hyperparameter '3' doesn't match"
            " train data dimensionality '2'."
        )
    assert "validation data dimensionality '1'" in _fail(tmp_path / "d", {"train": good, "validation": b"1,2\n"})
    assert "Found missing (NaN) values" in _fail(tmp_path / "e", {"train": good, "test": b"1,,2\n"})


def test_all_files_of_a_channel_are_read(tmp_path: Path) -> None:
    (tmp_path / "input" / "data" / "train" / "deep").mkdir(parents=True)
    (tmp_path / "input" / "data" / "train" / "deep" / "other.csv").write_bytes(b"2,2,2\n")
    assert "got 2 in row 1 of the train" in _fail(tmp_path, {"train": csv(ROWS, LABELS)})
    (tmp_path / "input" / "data" / "train" / "deep" / "other.csv").write_bytes(b"1,2\n")
    assert "train data dimensionality '2'" in _fail(tmp_path, {"train": csv(ROWS, LABELS)})


@pytest.mark.parametrize("predictor", ["regressor", "binary_classifier"])
def test_training_that_diverges_fails_the_job(tmp_path: Path, predictor: str) -> None:
    rows = csv(ROWS, LABELS)
    request = {"predictor_type": predictor, "optimizer": "sgd", "learning_rate": "1e300", "num_models": "1"}
    said = _fail(tmp_path, {"train": rows, "validation": rows}, **request)
    assert said.startswith("Training diverged: no model has a finite loss. Set a smaller learning_rate")


@pytest.mark.parametrize(
    ("image", "content", "content_type", "said"),
    [
        (IMAGE, csv(ROWS, LABELS), "text/csv", ""),
        (IMAGE, records(ROWS, LABELS), "", ""),
        ("kmeans:1", records(ROWS), "", ""),
        ("kmeans:1", csv(ROWS), "text/csv;label_size=0", "'text/csv' is read in File mode only, got Pipe for 'train'"),
    ],
)
def test_a_channel_may_be_a_pipe(tmp_path: Path, image: str, content: bytes, content_type: str, said: str) -> None:
    pipe = tmp_path / "input" / "data" / "train_0"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError):
            pipe.write_bytes(content)

    writing = threading.Thread(target=write)
    writing.start()
    known = {"predictor_type": "binary_classifier", "mini_batch_size": "2", "epochs": "1"}
    request = known if image == IMAGE else {"k": "2", "feature_dim": "2"}
    channel = {"TrainingInputMode": "Pipe", "ContentType": content_type}
    done = algorithms.train(tmp_path, image, {}, request, described={"train": channel})
    # Whom nobody read until now.
    while writing.is_alive():
        os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        writing.join(0.1)
    assert (done.code == 0) == (not said), done.failure
    assert said in done.failure


@pytest.mark.parametrize(
    "criteria",
    ["accuracy", "f1", "f_beta", "precision_at_target_recall", "recall_at_target_precision"],
)
def test_the_line_between_classes_is_the_best_by_the_criterion(criteria: str) -> None:
    random = np.random.default_rng(5)
    settings = hyperparameters.parse(
        {
            "predictor_type": "binary_classifier",
            "binary_classifier_model_selection_criteria": criteria,
            "f_beta": "2",
            "target_recall": "0.7",
            "target_precision": "0.6",
        }
    )

    def value(told: Any, labels: Any) -> float:
        found = float((told & (labels > 0)).sum())
        precision, recall = found / max(told.sum(), 1), found / max((labels > 0).sum(), 1)
        if criteria == "accuracy":
            return float((told == (labels > 0)).mean())
        if criteria == "precision_at_target_recall":
            return precision if recall >= 0.7 else -1
        if criteria == "recall_at_target_precision":
            return recall if precision >= 0.6 else -1
        beta = 1 if criteria == "f1" else 2
        return float((1 + beta**2) * precision * recall / max(beta**2 * precision + recall, 1e-300))

    for rows in (1, 2, 3, 30, 200):
        labels = (random.random(rows) < 0.4).astype(float)
        # Many scores are equal.
        scores = np.round(random.normal(0, 1, rows) + labels, 1)
        cut = selection.best_cut(settings, scores, labels, neutral=0.0)
        lines = [-99.0, *np.unique(scores), 99.0]
        best = max(value(scores >= line, labels) for line in lines)
        reached = value(scores >= cut.threshold, labels)
        assert reached == pytest.approx(best)
        if best >= 0:
            assert cut.value == pytest.approx(best)
