"""What SageMaker's k-means answers behind an endpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/km-in-formats.html. The distance is Euclid's, as answers in
public notebooks show.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import algorithm_requests, mxnet_arrays
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.algorithm_requests import CSV, JSON, JSON_LINES, RECORDIO
from local_cloud.containers.sagemaker.kmeans import clustering
from local_cloud.containers.sagemaker.mxnet_arrays import ArraysError
from local_cloud.containers.sagemaker.programs import Answer, NoModelError

_NAME = "model_algo-1"


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """A loaded model.

    Args:
        centers: one a row.
    """

    centers: Matrix

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """The closest center of every row, and its distance.

        Raises:
            RefusedError: the request is not what the model takes.
        """
        rows = algorithm_requests.decode(body, content_type, width=self.centers.shape[1])
        found = clustering.closest(rows, self.centers)
        # As numbers of 32 bits, which AWS's container computes with.
        distances = found.distance.astype(np.float32).tolist()
        told = [
            {"closest_cluster": float(center), "distance_to_cluster": distance}
            for center, distance in zip(found.center.tolist(), distances, strict=True)
        ]
        return algorithm_requests.encode(told, accept, name="predictions", allowed=(JSON, JSON_LINES, RECORDIO, CSV))


def load(folder: Path) -> Clusters:
    """The model of an artifact, which may be AWS's.

    Raises:
        NoModelError: there is none.
    """
    path = folder / _NAME
    if not path.is_file():
        raise NoModelError(f"the archive must hold {_NAME} at its root")
    try:
        arrays = list(mxnet_arrays.load(path.read_bytes()).values())
    except ArraysError as error:
        raise NoModelError(f"{_NAME} is no model of k-means: {error}") from error
    if len(arrays) != 1 or arrays[0].ndim != 2:  # noqa: PLR2004  # centers and features
        raise NoModelError(f"{_NAME} is no model of k-means: it must hold one matrix, got {len(arrays)} array(s)")
    return Clusters(centers=arrays[0].astype(np.float64))
