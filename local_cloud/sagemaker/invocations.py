"""InvokeEndpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from http.client import HTTPException
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sagemaker.models import sagemaker_backends

from local_cloud.errors import LocalCloudError
from local_cloud.sagemaker import endpoint_metrics, endpoints, faults
from local_cloud.sagemaker.fleet import Answer, ModelDataError

_MOST_BYTES = 6 * 1024**2
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class InvocationValidationError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The request is wrong."""

    code = "ValidationError"


class ModelError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The container refused the request."""

    code = "ModelError"

    def __init__(self, status: int, text: str) -> None:
        side = "server" if status >= _SERVER_ERROR else "client"
        super().__init__(
            f'Received {side} error ({status}) from primary with message "{text}".'
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
    if endpoint.endpoint_status not in {
        "InService",
        "Updating",
        "SystemUpdating",
        "RollingBack",
        "UpdateRollbackFailed",
    }:
        raise InvocationValidationError(f"Endpoint {name} of account {self.current_account} is not in service.")
    target = headers.get("X-Amzn-SageMaker-Target-Model")
    if not target:
        raise InvocationValidationError(
            "Target model header is required to invoke a multi-model endpoint, pass TargetModel."
        )
    body = self.normalized_request.get_data() or b""
    if len(body) > _MOST_BYTES:
        raise InvocationValidationError(f"Request body has {len(body)} bytes, at most {_MOST_BYTES} are allowed.")
    variant = endpoint.production_variants[0]["VariantName"]
    measured = endpoint_metrics.Invocation(endpoint.arn, variant)
    try:
        answer = _ask(endpoint, target.lstrip("/"), body, headers)
    except ModelDataError as error:
        measured.count(_CLIENT_ERROR)
        raise InvocationValidationError(str(error)) from error
    except (LocalCloudError, OSError, HTTPException) as error:
        measured.count(_SERVER_ERROR)
        raise ModelError(_SERVER_ERROR, str(error)) from error
    measured.answered(answer.status, answer.seconds)
    if answer.status >= _CLIENT_ERROR:
        raise ModelError(answer.status, answer.body.decode(errors="replace"))
    return (
        200,
        {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant},
        answer.body.decode(errors="replace"),
    )


def _ask(endpoint: Any, target: str, body: bytes, headers: Any) -> Answer:
    with endpoints.request(endpoint) as serving:
        if faults.fails_request(endpoint.arn, serving.config_name):
            raise LocalCloudError("a fault on order")
        return serving.fleet.invoke(
            target,
            body,
            content_type=headers.get("Content-Type") or "text/csv",
            accept=headers.get("Accept") or "*/*",
        )
