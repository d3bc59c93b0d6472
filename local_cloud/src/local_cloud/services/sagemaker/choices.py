"""Refuses numbers and choices that SageMaker's model does not allow, and members that it requires.

Whoever reads a request looks at its other texts itself. That model is botocore's of this installation: what is newer,
an instance type for example, needs a newer botocore.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import get_service_model
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel import sent, shapes


def checked(respond: Callable[[Any], Any], operation: str) -> Callable[[Any], Any]:
    """A method of moto's response class that looks at its request first.

    Args:
        respond: the method.
        operation: as the service's model names it.

    Raises:
        AWSValidationException: from the method; a member is not allowed.
    """

    def respond_checked(self: Any) -> Any:
        shape = get_service_model("sagemaker").operation_model(operation).input_shape
        if shape and (refused := shapes.refusal(sent.members(self, operation), shape, looks_at_texts=False)):
            raise AWSValidationException(refused)
        return respond(self)

    return respond_checked
