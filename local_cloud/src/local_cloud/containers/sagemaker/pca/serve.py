"""What SageMaker's principal component analysis answers behind an endpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/PCA-in-formats.html
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from local_cloud.containers.sagemaker import algorithm_requests
from local_cloud.containers.sagemaker.pca import components
from local_cloud.containers.sagemaker.pca.components import Components
from local_cloud.containers.sagemaker.programs import Answer


@dataclass(frozen=True, kw_only=True)
class Projector:
    """A loaded model.

    Args:
        found: its components.
    """

    found: Components

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """The shares of every row in the components, the least one first.

        Raises:
            RefusedError: the request is not what the model takes.
        """
        rows = algorithm_requests.decode(body, content_type, width=len(self.found.vectors))
        # As numbers of 32 bits, which AWS's container computes with.
        shares = self.found.project(rows).astype(np.float32).tolist()
        return algorithm_requests.encode([{"projection": row} for row in shares], accept, name="projections")


def load(folder: Path) -> Projector:
    """The model of an artifact, which may be AWS's.

    Raises:
        NoModelError: there is none.
    """
    return Projector(found=components.load(folder))
