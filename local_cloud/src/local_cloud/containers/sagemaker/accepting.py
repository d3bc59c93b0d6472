"""Which answer is wanted of a container that is built with SageMaker's inference toolkit."""

import os

_DEFAULT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"


def wanted(accept: str) -> str:
    """What a request accepts; where it does not say, what the container's variable does, and else JSON.

    ``environment.py`` and ``transformer.py`` of https://github.com/aws/sagemaker-inference-toolkit.

    Args:
        accept: of the request; empty if it has none.
    """
    return os.environ.get(_DEFAULT, "application/json") if accept in {"", "*/*"} else accept
