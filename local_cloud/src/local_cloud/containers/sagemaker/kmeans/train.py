"""Training of SageMaker's built-in k-means.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/k-means.html. The log's lines are as in public logs of jobs.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from local_cloud.containers.sagemaker import algorithm_data, hyperparameters, mxnet_arrays
from local_cloud.containers.sagemaker import algorithm_log as log
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.kmeans import clustering
from local_cloud.containers.sagemaker.kmeans import hyperparameters as own
from local_cloud.containers.sagemaker.programs import CustomerError

NAME = "model_algo-1"
_ALGORITHM = "AWS/KMeansWebscale"


def train(root: Path) -> None:
    """Train in /opt/ml.

    Raises:
        CustomerError: the data or the hyperparameters are not what the algorithm takes.
    """
    start, given = time.time(), hyperparameters.read(root)
    settings = log.configured(given, defaults=own.DEFAULTS, parse=own.parse)
    data = algorithm_data.read(
        root,
        hyperparameters.channels(root),
        names=("train", "test"),
        width=settings["feature_dim"],
        # https://docs.aws.amazon.com/sagemaker/latest/dg/k-means.html
        pipes=(algorithm_data.RECORDIO,),
    )
    rows = {name: found.features for name, found in data.items()}
    if settings["k"] > min(len(rows["train"]), settings["mini_batch_size"]):
        raise CustomerError(
            f"k is {settings['k']}, it must not exceed the number of records in the train channel, which is"
            f" {len(rows['train'])}, nor mini_batch_size, which is {settings['mini_batch_size']}"
        )
    centers = _fit(rows["train"], settings)
    # AWS's container tells the one metric of the training data that it minimises.
    _tell("train", rows["train"], centers, ("msd",))
    if "test" in rows:
        _tell("test", rows["test"], centers, _evaluated(settings))
    else:
        log.info("Test data is not provided.")
    (root / "model" / NAME).write_bytes(mxnet_arrays.dump([centers]))
    log.metrics(_ALGORITHM, {"totaltime": 1000 * (time.time() - start)}, start=start)


def _fit(rows: Matrix, settings: Mapping[str, Any]) -> Matrix:
    epochs, start = int(settings["epochs"]), time.time()
    found = clustering.fit(rows, settings)
    for epoch in range(1, epochs + 1):
        next(found)
        log.progress(100 * epoch // epochs)
        log.throughput(len(rows) * epoch / max(time.time() - start, 1e-9))
    centers = next(found)
    log.info("finished shrinking process.")
    return centers


def _evaluated(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What is asked for, and what a tuning job goes by."""
    tuned = str(settings[hyperparameters.TUNING_OBJECTIVE]).rpartition(":")[2]
    asked: tuple[str, ...] = settings["eval_metrics"]
    return (*asked, tuned) if tuned and tuned not in asked else asked


def _tell(channel: str, rows: Matrix, centers: Matrix, names: tuple[str, ...]) -> None:
    squares = clustering.closest(rows, centers).distance ** 2
    values = {"msd": float(squares.mean()), "ssd": float(np.sum(squares))}
    for name in names:
        log.score(channel, name, values[name])
    for name in names:
        log.quality(channel, name, values[name], kind="loss")
