"""Values that CodePipeline's model does not allow."""

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape

from local_cloud.kernel import shapes
from local_cloud.services.codepipeline.errors import PipelineError


def check(given: Mapping[str, Any], shape: Shape) -> None:
    """Look at all members of a request.

    Args:
        given: the request.
        shape: of the operation's input.

    Raises:
        PipelineError: some are not allowed.
    """
    if refused := shapes.refusal(given, shape):
        raise PipelineError(refused)
