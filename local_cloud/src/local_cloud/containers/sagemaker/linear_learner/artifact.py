"""The model file: ``model_algo-1``, a zip archive.

It has the files that AWS's has: ``additional-params.json``, ``manifest.json``, and the two of `mxnet_module`. What AWS
writes into the first two is not documented, so that neither serves the other's models. This one serves by
``weights.json``, in which the weights have all their digits.
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner import mxnet_module
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import BINARY, MULTICLASS, REGRESSOR
from local_cloud.containers.sagemaker.programs import NoModelError

NAME = "model_algo-1"
_PARAMETERS, _MANIFEST, _WEIGHTS = "additional-params.json", "manifest.json", "weights.json"
_FORMAT = "local-cloud-linear-learner-1"
# The moment that all entries have, so that equal models are equal files.
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A model as it serves.

    Args:
        predictor: its predictor_type.
        loss: what it was trained with.
        weights: a row a feature, a column an output.
        bias: of every output.
        threshold: from which score on a binary classifier says 1, before the sigmoid.
    """

    predictor: str
    loss: str
    weights: Matrix
    bias: Matrix
    threshold: float


def save(folder: Path, model: Stored, *, told: dict[str, Any]) -> None:
    """Write a model.

    Args:
        folder: /opt/ml/model.
        model: it.
        told: what else people may want to know of it.
    """
    contents = {
        _PARAMETERS: {"predictor_type": model.predictor, "loss": model.loss, "threshold": model.threshold, **told},
        _MANIFEST: {"format": _FORMAT, "weights": _WEIGHTS},
        _WEIGHTS: {"weights": model.weights.tolist(), "bias": model.bias.tolist()},
    }
    files = {name: json.dumps(content, indent=1).encode() for name, content in contents.items()}
    files |= mxnet_module.files(model.weights, model.bias, loss=model.loss)
    with zipfile.ZipFile(folder / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), content)


def load(folder: Path) -> Stored:
    """Read a model.

    Raises:
        NoModelError: there is none, or one of AWS's.
    """
    path = folder / NAME
    if not path.is_file():
        raise NoModelError(f"the archive must hold {NAME} at its root")
    try:
        with zipfile.ZipFile(path) as archive:
            if _WEIGHTS not in archive.namelist() and mxnet_module.PARAMETERS in archive.namelist():
                raise NoModelError(
                    f"{NAME} is a model of AWS's container, which is not documented: train it in the local cloud"
                )
            parameters, content = (json.loads(archive.read(name)) for name in (_PARAMETERS, _WEIGHTS))
        weights, bias = np.array(content["weights"], dtype=np.float64), np.array(content["bias"], dtype=np.float64)
        model = Stored(
            predictor=str(parameters["predictor_type"]),
            loss=str(parameters["loss"]),
            weights=weights,
            bias=bias,
            threshold=float(parameters["threshold"]),
        )
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        if isinstance(error, NoModelError):
            raise
        raise NoModelError(f"{NAME} is no model of linear learner: {error}") from error
    if weights.ndim != 2 or bias.shape != weights.shape[1:] or model.predictor not in {REGRESSOR, BINARY, MULTICLASS}:  # noqa: PLR2004  # features and outputs
        raise NoModelError(f"{NAME} is no model of linear learner: {weights.shape} weights and {bias.shape} biases")
    return model
