"""What is not emulated, and what fails unforeseen, is told as an error of the called service: never a page of HTML."""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from local_cloud import parameters
from local_cloud.kernel import patching, sent, wire
from local_cloud.kernel.control import Application, Environ, StartResponse
from local_cloud.operations import SERVICES, is_answered

CODE = "NotEmulated"
_LOG = logging.getLogger(__name__)
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


def refusal(call: object) -> str:
    """The message for a call that is on no list."""
    return f"the local cloud does not emulate {call}; docs/reference.md lists what it does"


def refused(response: Any, service: str, operation: str) -> str | None:
    """Why a request is not answered, None if it is.

    Args:
        response: moto's, which has read the request.
        service: as boto3 names it.
        operation: as its model names it.
    """
    if not is_answered(service, operation):
        return refusal(f"{service}:{operation}")
    reasons = list(parameters.refusals(service, operation, sent.members(response, operation)))
    if not reasons:
        return None
    return f"the local cloud does not emulate this of {service}:{operation}: {'; '.join(reasons)}"


@patching.owner
def install() -> None:
    """Moto answers what it has any code for, also where that says that something was done which was not."""
    from moto.core.responses import BaseResponse, get_service_model

    call_action = BaseResponse.call_action

    def call_what_is_emulated(self: Any) -> Any:
        service, operation = str(self.boto3_service_name), str(self._get_action())  # moto has no public way to ask
        reason = refused(self, service, operation)
        if reason is None:
            try:
                return call_action(self)
            except NotImplementedError as error:
                # Something of an operation that is emulated.
                reason = f"{refusal(f'{service}:{operation}')}: {error}"
        protocol = self.determine_response_protocol(get_service_model(service))
        told = wire.failure(wire.Call(service=service, operation=operation, protocol=protocol), CODE, reason)
        return told.status, dict(told.headers), told.body

    patching.replace(BaseResponse, "call_action", call_what_is_emulated)


def is_of_a_service(backend: str | None) -> bool:
    """Whether some operation is answered by one of moto's backends, or it serves the server itself."""
    return backend in {"moto_api", *_BACKENDS}


# Moto names some services otherwise than boto3.
_NAMES = {
    "lambda": "awslambda",
    "sagemaker-runtime": "sagemakerruntime",
    "application-autoscaling": "applicationautoscaling",
}
_BACKENDS = {_NAMES.get(service, service) for service in SERVICES}


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answers each request as one of a service that is not emulated."""
    return _send(wire.call_of(environ), start_response)


def middleware(inner: Application) -> Application:
    """Turn what nobody foresaw, an exception or a page of HTML, into an error of the called service.

    Args:
        inner: the application that answers.
    """

    def respond(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        wire.keep_form(environ)
        started: list[tuple[Any, ...]] = []
        try:
            body = inner(environ, lambda *told: started.append(told))
        except Exception:  # noqa: BLE001  # whatever it is, the client waits for an answer that it can read
            return _failed(environ, start_response)
        status, headers, *_ = started[-1]
        code = int(status.split()[0])
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        if code < _CLIENT_ERROR or not kind.startswith("text/html") or not _is_page(body := [b"".join(body)]):
            start_response(status, headers)
            return body
        if code >= _SERVER_ERROR:
            return _failed(environ, start_response)
        return _send(wire.call_of(environ), start_response)

    return respond


def _is_page(body: list[bytes]) -> bool:
    # Moto sends errors in XML as HTML too.
    return body[0].lstrip()[:5].lower() in {b"<!doc", b"<html"}


def _send(call: wire.Call, start_response: StartResponse) -> Iterable[bytes]:
    return _answer(wire.failure(call, CODE, refusal(call)), start_response)


def _failed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    call, reference = wire.call_of(environ), uuid.uuid4()
    _LOG.exception("%s failed unforeseen, reference %s", call, reference)
    message = f"the local cloud failed at {call}, which is a fault of its own; server.log has reference {reference}"
    return _answer(wire.failure(call, "InternalFailure", message, _SERVER_ERROR), start_response)


def _answer(failure: wire.Failure, start_response: StartResponse) -> Iterable[bytes]:
    start_response(
        f"{failure.status} {'Bad Request' if failure.status == _CLIENT_ERROR else 'Internal Server Error'}",
        failure.headers,
    )
    return [failure.body]
