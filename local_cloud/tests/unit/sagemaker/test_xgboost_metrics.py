"""The metrics of AWS's container are scikit-learn's, of what that container takes for the predicted classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from sklearn import metrics as sklearn_metrics

from local_cloud.containers.sagemaker.xgboost import metrics, schema

GENERATOR = np.random.default_rng(7)
LABELS = {
    "two classes": np.array([0, 1, 1, 0, 1, 1.0]),
    "three classes": np.array([0, 1, 2, 0, 2, 2.0]),
    "one class": np.zeros(6),
    "numbers": np.array([0.5, 1.5, -2, 0, 3, 4]),
}
PREDICTIONS = {
    "margins": np.array([-1.5, 0.25, -0.5, 2, 1, 0]),
    "probabilities": np.array([0.1, 0.6, 0.4, 0.9, 0.5, 0.7]),
    "a column a class": GENERATOR.dirichlet([1, 1, 1], size=6),
}
OF_CLASSES: dict[str, Callable[..., float]] = {
    "accuracy": sklearn_metrics.accuracy_score,
    "balanced_accuracy": sklearn_metrics.balanced_accuracy_score,
    "f1": lambda *both: sklearn_metrics.f1_score(*both, average="macro"),
    "f1_binary": sklearn_metrics.f1_score,
    "f1_macro": lambda *both: sklearn_metrics.f1_score(*both, average="macro"),
    "precision": sklearn_metrics.precision_score,
    "precision_macro": lambda *both: sklearn_metrics.precision_score(*both, average="macro"),
    "precision_micro": lambda *both: sklearn_metrics.precision_score(*both, average="micro"),
    "recall": sklearn_metrics.recall_score,
    "recall_macro": lambda *both: sklearn_metrics.recall_score(*both, average="macro"),
    "recall_micro": lambda *both: sklearn_metrics.recall_score(*both, average="micro"),
}
OF_NUMBERS: dict[str, Callable[..., float]] = {
    "mae": sklearn_metrics.mean_absolute_error,
    "mse": sklearn_metrics.mean_squared_error,
    "rmse": sklearn_metrics.root_mean_squared_error,
    "r2": sklearn_metrics.r2_score,
}


def _answer(compute: Callable[..., float], *given: Any) -> float | None:
    try:
        return compute(*given)
    except ValueError:
        return None


def test_these_are_all() -> None:
    assert {*OF_CLASSES, *OF_NUMBERS} == metrics.NAMES
    assert metrics.NAMES - set(schema.MAXIMIZED) == {"mae", "mse", "rmse"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("predicted", PREDICTIONS)
@pytest.mark.parametrize("labelled", LABELS)
@pytest.mark.parametrize("name", sorted(metrics.NAMES))
def test_a_metric_is_scikit_learns(name: str, labelled: str, predicted: str) -> None:
    labels, predictions = LABELS[labelled], PREDICTIONS[predicted]
    found = predictions.argmax(axis=1) if predictions.ndim > 1 else (predictions > 0).astype(int)
    expected = (
        _answer(OF_NUMBERS[name], labels, predictions)
        if name in OF_NUMBERS
        else _answer(OF_CLASSES[name], labels, found)
    )
    assert _answer(metrics.value, name, labels, predictions) == (None if expected is None else pytest.approx(expected))


def test_with_probabilities_all_rows_are_of_class_one() -> None:
    # As since 3.0-5 on AWS: three quarters are zeros, and a perfect model has an accuracy of a quarter.
    features = np.arange(40.0).reshape(-1, 1)
    rows = xgb.DMatrix(features, label=features[:, 0] >= 30)
    log: dict[str, Any] = {}
    xgb.train(
        {"objective": "binary:logistic", "eta": 1, "eval_metric": "error"},
        rows,
        9,
        evals=[(rows, "train")],
        custom_metric=metrics.custom_metric(["accuracy", "precision", "recall"]),
        evals_result=log,
        verbose_eval=False,
    )
    last = {name: values[-1] for name, values in log["train"].items()}
    assert last == {"error": 0, "accuracy": 0.25, "precision": 0.25, "recall": 1}
