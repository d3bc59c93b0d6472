"""The variables by which SageMaker's inference toolkit lets a model's Environment tell how it serves.

``environment.py`` and ``transformer.py`` of https://github.com/aws/sagemaker-inference-toolkit.
"""

import os

from local_cloud.containers.sagemaker import patience

_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
_TIMEOUT = "SAGEMAKER_MODEL_SERVER_TIMEOUT"
_WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"


def wanted(accept: str) -> str:
    """What a request accepts; where it does not say, what the container's variable does, and else JSON.

    Args:
        accept: of the request; empty if it has none.
    """
    return os.environ.get(_ACCEPT, "application/json") if accept in {"", "*/*"} else accept


def answer_seconds() -> float:
    """How long a model may take to answer: what the container has at most.

    Raises:
        ValueError: the variable is no number.
    """
    most = patience.seconds()
    return min(float(os.environ.get(_TIMEOUT, most)), most)


def processes() -> int:
    """How many processes serve a container's only model: one, where AWS has one for each processor.

    The processors of this machine are no instance's, and whatever runs shares them.

    Raises:
        ValueError: the variable is no number, or none above 0.
    """
    count = int(os.environ.get(_WORKERS, "1"))
    if count < 1:
        raise ValueError(f"{_WORKERS} must be at least 1, got {count}")
    return count
