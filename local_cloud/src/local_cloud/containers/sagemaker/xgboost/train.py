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
    # What XGBoost no longer has, or not yet, is imported only where it is.
    run: boosting.Boost = importlib.import_module(version.boosting).boost
    run(boosting.order(parameters, data, folder=root / "model", kept=checkpoints.folder(root), version=version))


def _check_emulated(parameters: dict[str, Any]) -> None:
    if parameters.pop("use_dask_gpu_training", "false") == "true":
        raise HyperparameterError(f"Some configurations unsuitable for Dask GPU training were found: {_NOT_ON_CPUS}")
    for name in ("_kfold", "_num_cv_round"):
        if name in parameters:
            raise HyperparameterError(f"the local cloud does not emulate cross-validation ({name}): leave it out")


def _matrix(folder: Path, kind: Format, objective: str, *, with_weights: bool) -> xgb.DMatrix:
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
