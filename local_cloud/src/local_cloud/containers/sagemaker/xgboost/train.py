"""Training of SageMaker's built-in XGBoost 3.0-5, algorithm mode.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html and .../xgboost_hyperparameters.html
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud.containers.sagemaker import hyperparameters
from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.programs import TrainingError
from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.containers.sagemaker.xgboost.data import Channel, read_channel

_INTEGERS = {
    "num_round",
    "early_stopping_rounds",
    "max_depth",
    "max_leaves",
    "max_bin",
    "seed",
    "nthread",
    "num_class",
    "num_parallel_tree",
    "verbosity",
    "max_delta_step",
}
_NUMBERS = {
    "eta",
    "gamma",
    "min_child_weight",
    "subsample",
    "colsample_bytree",
    "colsample_bylevel",
    "colsample_bynode",
    "lambda",
    "alpha",
    "scale_pos_weight",
    "base_score",
    "tweedie_variance_power",
    "rate_drop",
    "skip_drop",
}
_TEXTS = {
    "booster",
    "objective",
    "eval_metric",
    "tree_method",
    "grow_policy",
    "sample_type",
    "normalize_type",
    "sampling_method",
    "csv_weights",
    "save_model_on_termination",
}
# The container computes these itself; XGBoost knows the others.
_CUSTOM_METRICS = {"accuracy", "f1", "precision", "recall", "mse"}


class HyperparameterError(ValueError):
    """A hyperparameter is missing, unknown or out of range."""


def train(root: Path) -> None:
    """Train in /opt/ml.

    Raises:
        TrainingError: the data or the hyperparameters are not what the container takes.
    """
    try:
        _train(root)
    except (DataError, HyperparameterError, xgb.core.XGBoostError) as error:
        raise TrainingError(str(error).split("Stack trace:", maxsplit=1)[0].strip()) from error


def parse_hyperparameters(raw: Mapping[str, str]) -> dict[str, Any]:
    """Typed hyperparameters.

    Raises:
        HyperparameterError: one is missing, unknown or no number.
    """
    if "num_round" not in raw:
        raise HyperparameterError("Missing required hyperparameter: num_round")
    parsed: dict[str, Any] = {}
    for name, text in raw.items():
        if name in _INTEGERS | _NUMBERS:
            try:
                parsed[name] = int(text) if name in _INTEGERS else float(text)
            except ValueError as error:
                raise HyperparameterError(f"Hyperparameter {name}: could not parse value {text!r}") from error
        elif name in _TEXTS or name == TUNING_OBJECTIVE:
            parsed[name] = text
        else:
            raise HyperparameterError(f"Extraneous hyperparameter found: {name}")
    return parsed


def _train(root: Path) -> None:
    parameters = parse_hyperparameters(hyperparameters.read(root))
    rounds = parameters.pop("num_round")
    stopping = parameters.pop("early_stopping_rounds", None)
    for name in ("csv_weights", "save_model_on_termination"):
        parameters.pop(name, None)
    metrics = [name for name in parameters.pop("eval_metric", "").split(",") if name]
    tuned = parameters.pop(TUNING_OBJECTIVE, "").rpartition(":")[2]
    if tuned and tuned not in metrics:
        metrics.append(tuned)
    custom = [name for name in metrics if name in _CUSTOM_METRICS]
    parameters["eval_metric"] = [name for name in metrics if name not in _CUSTOM_METRICS]
    if custom and not parameters["eval_metric"]:
        parameters["disable_default_eval_metric"] = 1
    data = {
        channel: _matrix(read_channel(root / "input" / "data" / channel), objective=parameters.get("objective", ""))
        for channel in ("train", "validation")
        if (root / "input" / "data" / channel).is_dir()
    }
    if "train" not in data:
        raise DataError("Missing required channel: train")
    model = xgb.train(
        parameters,
        data["train"],
        num_boost_round=rounds,
        evals=[(matrix, name) for name, matrix in data.items()],
        custom_metric=_custom_metric(custom) if custom else None,
        early_stopping_rounds=stopping,
        verbose_eval=False,
        callbacks=[_Log()],
    )
    model.save_model(str(root / "model" / "xgboost-model.ubj"))
    # The container's file has no ending; XGBoost tells the format by its content when it loads.
    (root / "model" / "xgboost-model.ubj").rename(root / "model" / "xgboost-model")


def _matrix(channel: Channel, *, objective: str) -> xgb.DMatrix:
    check_labels(channel, objective)
    features = channel.features
    if not features.shape[1]:
        raise DataError(f"no row of channel {channel.name} has a value beside its label")
    return xgb.DMatrix(features, label=channel.labels)


def check_labels(channel: Channel, objective: str) -> None:
    """Check what XGBoost checks itself, which names no row.

    Raises:
        DataError: a label is no probability, and the objective is one of a probability.
    """
    if not objective.startswith("binary:") and objective != "reg:logistic":
        return
    labels = channel.labels
    if (other := np.flatnonzero((labels < 0) | (labels > 1))).size:
        row = int(other[0])
        raise DataError(
            f"label must be in [0,1] for logistic regression: {channel.place_of_label(row)} of channel {channel.name}"
            f" is {labels[row]:g}; the first column must be the label{_guess(channel)}"
        )


def _guess(channel: Channel) -> str:
    binary = np.flatnonzero(np.isin(channel.features, (0, 1)).all(axis=0))
    return f" (only 0 and 1 stand in column {binary[0] + 2})" if binary.size else ""


def _custom_metric(names: list[str]) -> Any:
    def compute(predictions: Any, data: xgb.DMatrix) -> list[tuple[str, float]]:
        labels = data.get_label()
        answers = np.rint(predictions) if predictions.ndim == 1 else np.argmax(predictions, axis=1)
        return [(name, _metric(name, labels, answers, predictions)) for name in names]

    return compute


def _metric(name: str, labels: Any, answers: Any, predictions: Any) -> float:
    if name == "mse":
        return float(np.mean((labels - predictions) ** 2))
    if name == "accuracy":
        return float(np.mean(labels == answers))
    true_positives = float(np.sum((answers == 1) & (labels == 1)))
    precision = true_positives / max(float(np.sum(answers == 1)), 1.0)
    recall = true_positives / max(float(np.sum(labels == 1)), 1.0)
    if name == "precision":
        return precision
    if name == "recall":
        return recall
    return 2 * precision * recall / max(precision + recall, 1e-12)


class _Log(xgb.callback.TrainingCallback):
    """Writes a round's metrics in the form that SageMaker's metric definitions expect (``#011`` is a tab)."""

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, Any]]) -> bool:  # noqa: ARG002  # the base class's signature
        """Print one line; training goes on."""
        parts = [
            f"{channel}-{metric}:{values[-1]:.5f}"
            for channel, log in evals_log.items()
            for metric, values in log.items()
        ]
        print("#011".join([f"[{epoch}]", *parts]), flush=True)  # noqa: T201  # the log is the interface
        return False
