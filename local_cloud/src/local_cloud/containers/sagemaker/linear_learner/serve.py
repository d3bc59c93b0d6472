"""What SageMaker's linear learner answers behind an endpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from local_cloud.containers.sagemaker import algorithm_requests
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner import artifact, losses
from local_cloud.containers.sagemaker.linear_learner.artifact import Stored
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import BINARY, REGRESSOR
from local_cloud.containers.sagemaker.programs import Answer

# A model is data that the image's own code reads, so many may lie in one process.
shares_process = True


@dataclass(frozen=True, kw_only=True)
class LinearModel:
    """A loaded model.

    Args:
        stored: as the artifact has it.
    """

    stored: Stored

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """A score a row, and the class that a classifier predicts.

        Raises:
            RefusedError: the request is not what the model takes.
        """
        features = algorithm_requests.decode(body, content_type, width=len(self.stored.weights))
        return algorithm_requests.encode(list(self._predict(features)), accept, name="predictions")

    def _predict(self, features: Matrix) -> Iterator[dict[str, Any]]:
        stored = self.stored
        scores = features @ stored.weights + stored.bias
        if stored.predictor == REGRESSOR:
            yield from ({"score": score} for score in _floats(scores[:, 0]))
        elif stored.predictor == BINARY:
            labels = (scores[:, 0] >= stored.threshold).astype(int).tolist()
            # The distance from the line of a support vector machine is no probability.
            told = losses.sigmoid(scores[:, 0]) if stored.loss == "logistic" else scores[:, 0]
            for score, label in zip(_floats(told), labels, strict=True):
                yield {"score": score, "predicted_label": label}
        else:
            labels = scores.argmax(axis=1).tolist()
            for chances, label in zip(losses.softmax(scores), labels, strict=True):
                yield {"score": _floats(chances), "predicted_label": label}


def _floats(values: Matrix) -> list[float]:
    """As numbers of 32 bits, which AWS's container computes with."""
    return [float(value) for value in values.astype(np.float32)]


def load(folder: Path) -> LinearModel:
    """The model of an artifact.

    Raises:
        NoModelError: there is none.
    """
    return LinearModel(stored=artifact.load(folder))
