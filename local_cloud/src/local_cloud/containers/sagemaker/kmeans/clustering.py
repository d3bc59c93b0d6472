"""Finds the centers: K of them on the way over the data, and k of these at the end.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/algo-kmeans-tech-notes.html. What it leaves open: K is ten
times k for ``auto``, as far as the first mini-batch has rows; the centers count by their clusters' sizes when they are
reduced; there are ten trials for ``auto``, as in public logs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans, kmeans_plusplus

from local_cloud.containers.sagemaker.algorithm_data import Matrix

_SEED = 0
_FACTOR, _TRIALS = 10, 10
# Rows whose distances to all centers are computed at a time.
_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True)
class Closest:
    """What rows are close to.

    Args:
        center: index of the closest one.
        distance: from it.
    """

    center: npt.NDArray[np.int64]
    distance: Matrix


def closest(rows: Matrix, centers: Matrix) -> Closest:
    """The closest center of each row, and how far it is by Euclid's measure."""
    found, distances = np.empty(len(rows), dtype=np.int64), np.empty(len(rows))
    norms = (centers**2).sum(axis=1)
    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        index = (norms - 2 * part @ centers.T).argmin(axis=1)
        found[first : first + _AT_ONCE] = index
        # Anew, since a difference of large numbers is not exact.
        distances[first : first + _AT_ONCE] = np.sqrt(((part - centers[index]) ** 2).sum(axis=1))
    return Closest(center=found, distance=distances)


def fit(rows: Matrix, settings: Mapping[str, Any]) -> Iterator[Matrix]:
    """Centers after every epoch, and the final ones last."""
    random = np.random.default_rng(_SEED)
    size = int(settings["mini_batch_size"])
    centers = _first(rows[:size], settings, random)
    weights = np.zeros(len(centers))
    half_life = int(settings["half_life_time_size"])
    for _ in range(settings["epochs"]):
        for first in range(0, len(rows), size):
            batch = rows[first : first + size]
            if half_life:
                weights *= 0.5 ** (len(batch) / half_life)
            _update(centers, weights, batch)
        yield centers
    yield _reduce(centers, weights, settings)


def _first(batch: Matrix, settings: Mapping[str, Any], random: np.random.Generator) -> Matrix:
    factor = _FACTOR if settings["extra_center_factor"] == "auto" else int(settings["extra_center_factor"])
    count = min(int(settings["k"]) * factor, len(batch))
    if settings["init_method"] == "random":
        return np.array(batch[random.choice(len(batch), count, replace=False)])
    return np.array(kmeans_plusplus(batch, count, random_state=_SEED)[0])


def _update(centers: Matrix, weights: Matrix, batch: Matrix) -> None:
    """Move each center to the mean of all rows that were ever closest to it."""
    index = closest(batch, centers).center
    counts = np.bincount(index, minlength=len(centers)).astype(np.float64)
    sums = np.zeros_like(centers)
    np.add.at(sums, index, batch)
    touched = counts > 0
    weights += counts
    share = (counts[touched] / weights[touched])[:, None]
    centers[touched] = (1 - share) * centers[touched] + share * sums[touched] / counts[touched][:, None]


def _reduce(centers: Matrix, weights: Matrix, settings: Mapping[str, Any]) -> Matrix:
    """As few centers as are asked for, by Lloyd's method, the best of several trials."""
    if len(centers) == settings["k"]:
        return centers
    # Those that nothing is close to are none, unless there were too few different rows.
    if np.count_nonzero(weights) >= settings["k"]:
        centers, weights = centers[weights > 0], weights[weights > 0]
    else:
        weights = np.ones(len(centers))
    trials = settings["local_lloyd_num_trials"]
    lloyd = KMeans(
        n_clusters=settings["k"],
        init={"kmeans++": "k-means++"}.get(settings["local_lloyd_init_method"], "random"),
        n_init=_TRIALS if trials == "auto" else trials,
        max_iter=settings["local_lloyd_max_iter"],
        tol=settings["local_lloyd_tol"],
        random_state=_SEED,
    )
    return np.asarray(lloyd.fit(centers, sample_weight=weights).cluster_centers_)
