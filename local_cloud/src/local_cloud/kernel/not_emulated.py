"""What is not emulated, and what fails unforeseen, is told as an error of the called service: never a page of HTML."""

import uuid
from collections.abc import Iterable
from typing import Any

from local_cloud import parameters
from local_cloud.kernel import patching, sent, unforeseen, wire
from local_cloud.kernel.control import Application, Environ, StartResponse
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.operations import SERVICES, is_answered

CODE = "NotEmulated"
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
    reasons = list(parameters.refusals(service, operation, sent.members(response, operation), response.current_account))
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
        model = get_service_model(service)
        protocol = self.determine_response_protocol(model)
        reason = refused(self, service, operation)
        if reason is None:
            try:
                return _typed(call_action(self), wire.content_type(protocol, model.metadata.get("jsonVersion")))
            except NotImplementedError as error:
                # Something of an operation that is emulated.
                reason = f"{refusal(f'{service}:{operation}')}: {error}"
            except NotEmulatedError as error:
                reason = str(error)
        told = wire.failure(wire.Call(service=service, operation=operation, protocol=protocol), CODE, reason)
        return told.status, dict(told.headers), told.body

    patching.replace(BaseResponse, "call_action", call_what_is_emulated)


def _typed(answer: tuple[int, dict[str, Any], Any], kind: str) -> tuple[int, dict[str, Any], Any]:
    """An answer with the content type of its protocol; moto leaves it out, or says `text`, or its server says HTML."""
    status, headers, body = answer
    known = {name: value for name, value in headers.items() if name.lower() == "content-type" and "/" in str(value)}
    if not known:
        rest = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        headers = {**rest, "Content-Type": kind}
    return status, headers, body


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
        if not _is_html(headers) or (code < _CLIENT_ERROR and environ["REQUEST_METHOD"] in {"GET", "HEAD"}):
            # Whoever reads an object of S3 gets what was written.
            start_response(status, headers)
            return body
        content = b"".join(body)
        if not _is_page(content):
            start_response(status, _retyped(headers, environ, is_empty=not content))
            return [content]
        if code >= _SERVER_ERROR:
            return _failed(environ, start_response)
        return _send(wire.call_of(environ), start_response)

    return respond


def record_pages(inner: Application) -> Application:
    """Log each page of HTML that goes out; only an object of S3 may be one.

    Args:
        inner: the application that answers, with all of its middlewares.
    """

    def respond(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]]) -> Any:
            if _is_html(headers) and not _reads_object(environ, status):
                unforeseen.LOG.error("%s %s was answered with a page", wire.call_of(environ), status)
            return start_response(status, headers)

        try:
            return inner(environ, start)
        except Exception:
            # The server's own page follows.
            unforeseen.LOG.exception("%s was not answered", environ.get("PATH_INFO"))
            raise

    return respond


def _reads_object(environ: Environ, status: str) -> bool:
    is_read = environ["REQUEST_METHOD"] in {"GET", "HEAD"} and int(status.partition(" ")[0]) < _CLIENT_ERROR
    return is_read and wire.signed_for(environ) in {"", "s3"}


def _is_html(headers: list[tuple[str, str]]) -> bool:
    # Moto's server says so wherever nothing else is said.
    return any(name.lower() == "content-type" and value.startswith("text/html") for name, value in headers)


def _retyped(headers: list[tuple[str, str]], environ: Environ, *, is_empty: bool) -> list[tuple[str, str]]:
    """What is no page with the type of its protocol, and with none if it has no content."""
    rest = [(name, value) for name, value in headers if name.lower() != "content-type"]
    return rest if is_empty else [*rest, ("Content-Type", wire.type_of(environ))]


def _is_page(content: bytes) -> bool:
    return content.lstrip()[:5].lower() in {b"<!doc", b"<html"}


def _send(call: wire.Call, start_response: StartResponse) -> Iterable[bytes]:
    return _answer(wire.failure(call, CODE, refusal(call)), start_response)


def _failed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    call, reference = wire.call_of(environ), uuid.uuid4()
    unforeseen.LOG.exception("%s failed unforeseen, reference %s", call, reference)
    message = f"the local cloud failed at {call}, which is a fault of its own; server.log has reference {reference}"
    return _answer(wire.failure(call, "InternalFailure", message, _SERVER_ERROR), start_response)


def _answer(failure: wire.Failure, start_response: StartResponse) -> Iterable[bytes]:
    start_response(
        f"{failure.status} {'Bad Request' if failure.status == _CLIENT_ERROR else 'Internal Server Error'}",
        failure.headers,
    )
    return [failure.body]
