"""InvokeEndpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.sagemaker.models import sagemaker_backends

from local_cloud.errors import LocalCloudError
from local_cloud.sagemaker import endpoints
from local_cloud.sagemaker.fleet import ModelDataError

_MOST_BYTES = 6 * 1024**2


class InvocationValidationError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The request is wrong."""

    code = "ValidationError"


class ModelError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The container refused the request."""

    code = "ModelError"

    def __init__(self, status: int, text: str) -> None:
        super().__init__(
            f'Received client error ({status}) from primary with message "{text}".'
            " See the endpoint's log for more information."
        )
        self.original_status_code = status
        self.original_message = text


def invoke_endpoint(self: Any) -> Any:
    """The operation, as a method of moto's response class."""
    headers = self.normalized_request.headers
    name = self.path.split("/")[2]
    backend = sagemaker_backends[self.current_account][self.region]
    endpoint = backend.endpoints.get(name)
    if endpoint is None:
        raise InvocationValidationError(f"Endpoint {name} of account {self.current_account} not found.")
    if endpoint.endpoint_status not in {"InService", "Updating", "SystemUpdating", "RollingBack"}:
        raise InvocationValidationError(f"Endpoint {name} of account {self.current_account} is not in service.")
    target = headers.get("X-Amzn-SageMaker-Target-Model")
    if not target:
        raise InvocationValidationError(
            "Target model header is required to invoke a multi-model endpoint, pass TargetModel."
        )
    body = self.normalized_request.get_data() or b""
    if len(body) > _MOST_BYTES:
        raise InvocationValidationError(f"Request body has {len(body)} bytes, at most {_MOST_BYTES} are allowed.")
    try:
        answer = endpoints.fleet_of(endpoint, account_id=self.current_account, region=self.region).invoke(
            target.lstrip("/"),
            body,
            content_type=headers.get("Content-Type") or "text/csv",
            accept=headers.get("Accept") or "*/*",
        )
    except ModelDataError as error:
        raise InvocationValidationError(str(error)) from error
    except (LocalCloudError, OSError) as error:
        raise ModelError(500, str(error)) from error
    if answer.status >= 400:  # noqa: PLR2004  # HTTP's own bound
        raise ModelError(answer.status, answer.body.decode(errors="replace"))
    variant = endpoint.production_variants[0]["VariantName"]
    return (
        200,
        {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant},
        answer.body.decode(errors="replace"),
    )
