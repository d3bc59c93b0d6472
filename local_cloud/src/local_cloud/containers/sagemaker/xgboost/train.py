"""Training of SageMaker's built-in XGBoost, algorithm mode.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html, and ``algorithm_mode/train.py`` of
https://github.com/aws/sagemaker-xgboost-container, v3.0-5; `versions` tells in what others differ. On AWS a
FailureReason has the traceback of the container before its words ("framework error: Traceback ..."), cut at 1024
characters; here it has the words.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud.containers.sagemaker import checkpoints, hyperparameters
from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.containers.sagemaker.programs import TrainingError
from local_cloud.containers.sagemaker.xgboost import boosting, content_types, libsvm, parquet, records, text, versions
from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.containers.sagemaker.xgboost.content_types import Format
from local_cloud.containers.sagemaker.xgboost.data import Channel, read_channel
from local_cloud.containers.sagemaker.xgboost.ranges import HyperparameterError

_NOT_ON_CPUS = "Dask training is only available for `gpu_hist` training on GPU instances."


def train(root: Path) -> None:
    """Train in /opt/ml.

    Raises:
        TrainingError: the data or the hyperparameters are not what the container takes.
    """
    try:
        _train(root)
    except (DataError, HyperparameterError) as error:
        raise TrainingError(boosting.words(error)) from error


def _train(root: Path) -> None:
    version = versions.installed()
    parameters = version.schema.parse(hyperparameters.read(root))
    _check_emulated(parameters)
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    kind = content_types.of_channels(hyperparameters.channels(root))
    objective = parameters.get("objective", "")
    with_weights = bool(parameters.pop("csv_weights", False))
    data = {
        channel: _matrix(root / "input" / "data" / channel, kind, objective, with_weights=with_weights)
        for channel in ("train", "validation")
        if (root / "input" / "data" / channel).is_dir()
    }
    model = _boost(parameters, data, root / "model", checkpoints.folder(root))
    _save(model, root / "model")


def _check_emulated(parameters: dict[str, Any]) -> None:
    if parameters.pop("use_dask_gpu_training", "false") == "true":
        raise HyperparameterError(f"Some configurations unsuitable for Dask GPU training were found: {_NOT_ON_CPUS}")
    for name in ("_kfold", "_num_cv_round"):
        if name in parameters:
            raise HyperparameterError(f"the local cloud does not emulate cross-validation ({name}): leave it out")


def _boost(parameters: dict[str, Any], data: dict[str, xgb.DMatrix], folder: Path, kept: Path | None) -> xgb.Booster:
    rounds = parameters.pop("num_round")
    saves = parameters.pop("save_model_on_termination", "false") == "true"
    asked: list[str] | None = parameters.pop("eval_metric", None)
    tuned = parameters.pop(TUNING_OBJECTIVE, "").rpartition(":")[2]
    named = sorted({*(asked or []), tuned}) if tuned else asked or []
    own = [name for name in named if name in metrics.NAMES]
    if others := [name for name in named if name not in metrics.NAMES]:
        # Without any, XGBoost computes the objective's default.
        parameters["eval_metric"] = others
    start = checkpointing.find(kept)
    callbacks: list[xgb.callback.TrainingCallback] = [_Log()]
    if start.model:
        print(f"Checkpoint loaded from {start.model}\nResuming from iteration {start.rounds}", flush=True)  # noqa: T201  # the log is the interface
    if kept:
        callbacks.append(checkpointing.callback(kept, start))
    if saves:
        callbacks.append(_Save(folder))
    stopping, by = parameters.pop("early_stopping_rounds", None), tuned or (asked[-1] if asked else "")
    # Without a validation channel, or a metric, the container trains all rounds.
    if stopping and by and "validation" in data:
        callbacks.append(
            xgb.callback.EarlyStopping(
                rounds=stopping,
                data_name="validation",
                metric_name=by,
                maximize=by in schema.MAXIMIZED,
                save_best=True,
            )
        )
    try:
        return xgb.train(
            parameters,
            data["train"],
            num_boost_round=rounds - start.rounds,
            xgb_model=start.model,
            evals=[(matrix, name) for name, matrix in data.items()],
            custom_metric=metrics.custom_metric(own) if own else None,
            verbose_eval=False,
            callbacks=callbacks,
        )
    except (xgb.core.XGBoostError, ValueError, TypeError) as error:
        words = _words(error)
        if any(known in words for known in _OF_USERS):
            raise DataError(words) from error
        raise DataError(f"XGB train call failed with exception:\n {words}") from error


def _save(model: xgb.Booster, folder: Path) -> None:
    # The container's file has no ending; XGBoost tells the format by its content when it loads.
    whole = folder.parent / "xgboost-model.ubj"
    model.save_model(str(whole))
    whole.replace(folder / "xgboost-model")


def _words(error: Exception) -> str:
    return str(error).split("Stack trace:", maxsplit=1)[0].strip()


def _matrix(folder: Path, kind: Format, objective: str, *, with_weights: bool | None) -> xgb.DMatrix:
    if kind == "libsvm":
        return _not_empty(libsvm.read_channel(folder), folder)
    if kind == "parquet":
        return _not_empty(parquet.read_channel(folder), folder)
    if kind == "recordio-protobuf":
        return _not_empty(records.read_channel(folder), folder)
    channel = read_channel(folder, with_weights=with_weights)
    check_labels(channel, objective)
    if versions.installed().zero_if_empty:
        return _not_empty(text.read_channel(folder, channel), folder)
    return _not_empty(xgb.DMatrix(channel.features, label=channel.labels, weight=channel.weights), folder)


def _not_empty(matrix: xgb.DMatrix, folder: Path) -> xgb.DMatrix:
    if not matrix.num_col():
        raise DataError(f"no row of channel {folder.name} has a value beside its label")
    return matrix


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
            f"label must be in [0,1] for logistic regression: {channel.place(row)} of channel {channel.name}"
            f" is {labels[row]:g}; the first column must be the label{_guess(channel)}"
        )


def _guess(channel: Channel) -> str:
    binary = np.flatnonzero(np.isin(channel.features, (0, 1)).all(axis=0))
    first = 2 + channel.with_weights
    return f" (only 0 and 1 stand in column {binary[0] + first})" if binary.size else ""
