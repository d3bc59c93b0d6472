"""Training of SageMaker's built-in principal component analysis.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/pca.html. The log's lines are as in public logs of jobs; what
AWS tells of a test channel none of them shows, here it is the mean square of what the components leave out.
"""

import time
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import algorithm_data, hyperparameters
from local_cloud.containers.sagemaker import algorithm_log as log
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.pca import components
from local_cloud.containers.sagemaker.pca import hyperparameters as own
from local_cloud.containers.sagemaker.pca.components import Components
from local_cloud.containers.sagemaker.programs import CustomerError

_ALGORITHM = "PCA"


def train(root: Path) -> None:
    """Train in /opt/ml.

    Raises:
        CustomerError: the data or the hyperparameters are not what the algorithm takes.
    """
    start, given = time.time(), hyperparameters.read(root)
    settings = log.configured(given, defaults=own.DEFAULTS, parse=own.parse)
    data = algorithm_data.read(
        root, hyperparameters.channels(root), names=("train", "test"), width=settings["feature_dim"]
    )
    rows = data["train"].features
    if settings["num_components"] > len(rows):
        raise CustomerError(
            f"num_components is {settings['num_components']}, it must not exceed the number of records in the train"
            f" channel, which is {len(rows)}"
        )
    begun = time.time()
    found = components.fit(rows, settings)
    log.progress(100)
    log.throughput(len(rows) / max(time.time() - begun, 1e-9))
    if "test" in data:
        log.score("test", "mean_square_left_out", _left_out(data["test"].features, found))
    else:
        log.info("Test data is not provided.")
    components.save(root / "model", found)
    log.metrics(_ALGORITHM, {"totaltime": 1000 * (time.time() - start)}, start=start)


def _left_out(rows: Matrix, found: Components) -> float:
    centred = rows if found.mean is None else rows - found.mean
    return float(np.mean((centred - found.project(rows) @ found.vectors.T) ** 2))
