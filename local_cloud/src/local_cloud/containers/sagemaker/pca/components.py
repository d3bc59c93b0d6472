"""Finds the components, and keeps them in a file.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/how-pca-works.html. The file is as AWS's: arrays of MXNet
named ``mean`` (if it was subtracted), ``s`` and ``v``; the least component comes first, as public notebooks show, which
reverse them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from local_cloud.containers.sagemaker import mxnet_arrays
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.mxnet_arrays import ArraysError
from local_cloud.containers.sagemaker.programs import NoModelError

NAME = "model_algo-1"
_SEED = 0
_FEWEST_EXTRA = 10


@dataclass(frozen=True, kw_only=True)
class Components:
    """What was found, the least component first.

    Args:
        mean: of every feature; None if it is not subtracted.
        values: the singular value of each component.
        vectors: a row a feature, a column a component.
    """

    mean: Matrix | None
    values: Matrix
    vectors: Matrix

    def project(self, rows: Matrix) -> Matrix:
        """Rows as their shares in the components."""
        return np.asarray((rows if self.mean is None else rows - self.mean) @ self.vectors)


def fit(rows: Matrix, settings: Mapping[str, Any]) -> Components:
    """The components of rows."""
    mean = rows.mean(axis=0) if settings["subtract_mean"] else None
    centred = rows if mean is None else rows - mean
    summary = _sketch(centred, settings) if settings["algorithm_mode"] == "randomized" else centred.T @ centred
    if settings["algorithm_mode"] == "randomized":
        _, values, rights = np.linalg.svd(summary, full_matrices=False)
        vectors = rights.T[:, : settings["num_components"]][:, ::-1]
        values = values[: settings["num_components"]][::-1]
    else:
        squares, vectors = np.linalg.eigh(summary)
        vectors = vectors[:, -settings["num_components"] :]
        # Rounding may leave a little less than nothing.
        values = np.sqrt(np.maximum(squares[-settings["num_components"] :], 0))
    # A component may point either way; here its greatest share is positive.
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    return Components(mean=mean, values=values, vectors=vectors * np.where(largest < 0, -1.0, 1.0))


def _sketch(rows: Matrix, settings: Mapping[str, Any]) -> Matrix:
    """A few random sums of all rows, batch by batch, which have nearly the same components."""
    extra, components = settings["extra_components"], settings["num_components"]
    count = components + (max(_FEWEST_EXTRA, components) if extra == -1 else extra)
    random, size = np.random.default_rng(_SEED), settings["mini_batch_size"]
    total = np.zeros((count, rows.shape[1]))
    for first in range(0, len(rows), size):
        batch = rows[first : first + size]
        total += random.choice([-1.0, 1.0], size=(count, len(batch))) @ batch
    # So that singular values are near those of the rows themselves.
    return np.asarray(total / np.sqrt(count))


def save(folder: Path, found: Components) -> None:
    """Write a model.

    Args:
        folder: /opt/ml/model.
        found: it.
    """
    mean = {} if found.mean is None else {"mean": found.mean[None, :]}
    content = mxnet_arrays.dump({**mean, "s": found.values, "v": found.vectors})
    (folder / NAME).write_bytes(content)


def load(folder: Path) -> Components:
    """Read a model, which may be AWS's.

    Raises:
        NoModelError: there is none.
    """
    path = folder / NAME
    if not path.is_file():
        raise NoModelError(f"the archive must hold {NAME} at its root")
    try:
        arrays = mxnet_arrays.load(path.read_bytes())
    except ArraysError as error:
        raise NoModelError(f"{NAME} is no model of principal component analysis: {error}") from error
    if not {"s", "v"} <= set(arrays) or arrays["v"].ndim != 2:  # noqa: PLR2004  # features and components
        raise NoModelError(
            f"{NAME} is no model of principal component analysis: it must hold s and v, got {sorted(arrays)}"
        )
    vectors = arrays["v"].astype(np.float64)
    mean = arrays["mean"].astype(np.float64).ravel() if "mean" in arrays else None
    if mean is not None and len(mean) != len(vectors):
        raise NoModelError(f"{NAME} is no model of principal component analysis: mean and v differ in their features")
    return Components(mean=mean, values=arrays["s"].astype(np.float64), vectors=vectors)
