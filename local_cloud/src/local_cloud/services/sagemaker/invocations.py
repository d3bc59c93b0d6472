"""InvokeEndpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sagemaker.models import sagemaker_backends

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import endpoint_metrics, endpoints, faults
from local_cloud.services.sagemaker.serving_process import ModelDataError, RequestError
from local_cloud.services.sagemaker.serving_request import Answer, Request
from local_cloud.services.sagemaker.traffic import Serving

_MOST_BYTES = 6 * 1024**2
_TARGET_MODEL, _TARGET_VARIANT = "X-Amzn-SageMaker-Target-Model", "X-Amzn-SageMaker-Target-Variant"
_TARGET_CONTAINER = "X-Amzn-SageMaker-Target-Container-Hostname"
# Longest value and pattern by header; \p{Print} of the reference is Java's for printable ASCII.
_HEADERS = {
    "Content-Type": ("contentType", 1024, r"[\x00-\x7f]*"),
    "Accept": ("accept", 1024, r"[\x00-\x7f]*"),
    "X-Amzn-SageMaker-Custom-Attributes": ("customAttributes", 1024, r"[\x00-\x7f]*"),
    "X-Amzn-SageMaker-Inference-Id": ("inferenceId", 64, r"\S[\x20-\x7e]*"),
    _TARGET_MODEL: ("targetModel", 1024, r"\S[\x20-\x7e]*"),
    _TARGET_VARIANT: ("targetVariant", 63, r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"),
    _TARGET_CONTAINER: ("targetContainerHostname", 63, r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"),
}
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class InvocationValidationError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The request is wrong."""

    code = "ValidationError"


class ModelError(ServiceException):  # type: ignore[misc]  # moto is not typed for us
    """The container refused the request."""

    code = "ModelError"

    def __init__(self, status: int, text: str, *, container: str = "primary") -> None:
        side = "server" if status >= _SERVER_ERROR else "client"
        super().__init__(
            f'Received {side} error ({status}) from {container} with message "{text}".'
            " See the endpoint's log for more information."
        )
        self.original_status_code = status
        self.original_message = text


def invoke_endpoint(self: Any) -> Any:
    """The operation, as a method of moto's response class."""
    headers = self.normalized_request.headers
    name = self.path.split("/")[2]
    check_headers(headers)
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
    body = self.normalized_request.get_data() or b""
    if len(body) > _MOST_BYTES:
        # As AWS answers, without an error code: https://github.com/aws/sagemaker-python-sdk/issues/171
        status = int(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return status, {"status": status}, f"HTTP content length exceeded {_MOST_BYTES} bytes."
    variant = endpoint.production_variants[0]["VariantName"]
    if headers.get(_TARGET_VARIANT, variant) != variant:
        raise InvocationValidationError(f"Variant {headers[_TARGET_VARIANT]} not found, {name} has {variant}.")
    request = Request(
        body=body,
        content_type=headers.get("Content-Type") or "",
        accept=headers.get("Accept") or "*/*",
        target_model=headers.get(_TARGET_MODEL),
        target_container=headers.get(_TARGET_CONTAINER),
    )
    try:
        with endpoints.request(endpoint) as serving:
            answer = _ask(endpoint, serving, request)
    except (LocalCloudError, OSError) as error:
        # No fleet runs.
        endpoint_metrics.Invocation(endpoint.arn, variant, endpoint.endpoint_config_name).count(_SERVER_ERROR)
        raise ModelError(_SERVER_ERROR, str(error)) from error
    if answer.status >= _CLIENT_ERROR:
        raise ModelError(answer.status, answer.body.decode(errors="replace"), container=answer.container)
    return (
        200,
        {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant},
        answer.body,
    )


def check_headers(headers: Mapping[str, str]) -> None:
    """Check what the operation takes as headers.

    Raises:
        InvocationValidationError: one is not what the reference allows.
    """
    for header, (name, longest, pattern) in _HEADERS.items():
        value = headers.get(header)
        if value is None:
            continue
        broken = None
        if len(value) > longest:
            broken = f"have length less than or equal to {longest}"
        elif value and not re.fullmatch(pattern, value, re.ASCII):
            broken = f"satisfy regular expression pattern: {pattern}"
        if broken:
            raise InvocationValidationError(
                f"1 validation error detected: Value '{value[:100]}' at '{name}' failed to satisfy constraint:"
                f" Member must {broken}"
            )


def _ask(endpoint: Any, serving: Serving, request: Request) -> Answer:
    """Ask one fleet, and count the request for it, whatever comes of it."""
    try:
        serving.fleet.check(request)
    except RequestError as error:
        raise InvocationValidationError(f"Endpoint {endpoint.endpoint_name} {error}") from error
    variant = endpoint.production_variants[0]["VariantName"]
    measured = endpoint_metrics.Invocation(endpoint.arn, variant, serving.config_name)
    try:
        answer = _invoke(endpoint, serving, request)
    except ModelDataError as error:
        measured.count(_CLIENT_ERROR)
        raise InvocationValidationError(str(error)) from error
    except (LocalCloudError, OSError, HTTPException) as error:
        measured.count(_SERVER_ERROR)
        raise ModelError(_SERVER_ERROR, str(error)) from error
    measured.answered(answer.status, answer.seconds)
    return answer


def _invoke(endpoint: Any, serving: Serving, request: Request) -> Answer:
    if faults.fails_request(endpoint.arn, serving.config_name):
        raise LocalCloudError("a fault on order")
    return serving.fleet.answer(request)
