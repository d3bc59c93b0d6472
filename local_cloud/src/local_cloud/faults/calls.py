"""Faults of API calls: they strike after the caller was let in, and answer as the service itself would."""

import json
import re
import socket
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from local_cloud.faults import codes, models, plan
from local_cloud.faults.codes import ApiError
from local_cloud.faults.kinds import CALL
from local_cloud.faults.plan import Fault
from local_cloud.kernel import patching, runtime
from local_cloud.kernel.control import Application, Environ, StartResponse
from local_cloud.services.iam import enforcement
from local_cloud.services.iam.policy import Principal

ROOT = "root"


@dataclass(frozen=True, kw_only=True)
class Call:
    """An API call that was let in.

    Args:
        service: name of boto3's client.
        operation: as the service's model calls it.
        account_id: of the caller.
        caller: name of the caller's role, or ``root``.
        parameters: of the request.
    """

    service: str
    operation: str
    account_id: str
    caller: str
    parameters: dict[str, Any]


@dataclass(kw_only=True)
class _Request:
    seen: bool = False
    answer: tuple[int, dict[str, str], bytes] | None = None
    dropped: bool = False


# A request is handled by one thread from its first to its last byte.
_thread = threading.local()


def middleware(application: Application) -> Application:
    """Answer with the fault that struck a call instead of what became of it."""

    def respond(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = _thread.request = _Request()
        started: list[tuple[str, list[tuple[str, str]]]] = []
        try:
            body = application(environ, lambda status, headers, *_: started.append((status, headers)))
        finally:
            _thread.request = None
        if request.dropped:
            # The server's write then fails, which it takes for a client that went away.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            start_response("500 Dropped", [])
            return []
        if request.answer is None:
            start_response(*started[-1])
            return body
        status, headers, content = request.answer
        start_response(f"{status} Fault", [*headers.items(), ("Content-Length", str(len(content)))])
        return [content]

    return respond


@patching.owner
def install() -> None:
    """A call of the fault plan fails behind the decision whether its caller is allowed to make it."""
    from moto.core.authorization import ActionAuthenticatorMixin

    check = ActionAuthenticatorMixin._authenticate_and_authorize_action  # noqa: SLF001  # the one hook there is

    def check_and_strike(self: Any, iam_request_class: type, resource: str = "*") -> None:
        check(self, iam_request_class, resource)
        request = getattr(_thread, "request", None)
        # Some calls to S3 are checked more than once.
        if request is None or request.seen or plan.is_empty():
            return
        request.seen = True
        _strike(self, request, resource)

    patching.replace(
        ActionAuthenticatorMixin,
        "_authenticate_and_authorize_action",
        check_and_strike,
        after="services.iam.enforcement.install",
    )


def _strike(response: Any, request: _Request, resource: str) -> None:
    principal = enforcement.principal_of(response)
    if principal is None:
        return
    call = _call(response, principal, resource)
    fault = plan.strike(CALL, account_id=call.account_id, fits=lambda fault: _fits(fault, call))
    if fault is None:
        return
    if fault.kind == "hang":
        _hang(fault)
        if fault.given.get("then") == "go_on":
            return
    if fault.kind == "dropped_connection":
        request.dropped = True
        raise _struck()
    request.answer = _on_the_wire(response, _error(fault, call))
    if fault.kind != "lost_answer":
        raise _struck()


def _hang(fault: Fault) -> None:
    clock = runtime.current().clock
    limit = clock.countdown(fault.given["seconds"]) if "seconds" in fault.given else None
    while not fault.released.wait(limit.next_look() if limit else None) and not (limit and limit.is_over()):
        pass


def _struck() -> Exception:
    """Ends the handling of a call; the answer is the fault's."""
    from werkzeug.exceptions import InternalServerError

    return InternalServerError(description="")


def _fits(fault: Fault, call: Call) -> bool:
    given = fault.given
    if (given["service"], given["operation"]) != (call.service, call.operation):
        return False
    # The root of an account is the test's own hand, which a fault strikes only by name.
    if call.caller == ROOT and "principal" not in given:
        return False
    return fault.matches("principal", call.caller) and all(
        re.fullmatch(pattern, _text(call.parameters.get(name))) for name, pattern in given.get("match", {}).items()
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, default=str)


def _call(response: Any, principal: Principal, resource: str) -> Call:
    service = str(response.boto3_service_name)
    operation = _operation(response, service)
    s3 = service == "s3"
    return Call(
        service=service,
        operation=operation,
        account_id=principal.account_id,
        caller=ROOT if principal.is_root else principal.arn.rsplit("/", maxsplit=1)[-1],
        parameters=_of_s3(response, operation, resource) if s3 else enforcement.parameters_of(response),
    )


def _operation(response: Any, service: str) -> str:
    if service == "s3":
        # What moto keeps as the action is the permission that is needed, for example PutObject for every part.
        return str(response._get_action_from_method_and_request_uri(response.normalized_request))  # noqa: SLF001  # as below
    return str(response._get_action())  # noqa: SLF001  # moto has no public way to ask


def _of_s3(response: Any, operation: str, resource: str) -> dict[str, Any]:
    """What is not in the body, which may be an object of any size."""
    bucket, _, key = resource.split(":::", 1)[-1].partition("/")
    sent: dict[str, Any] = {"Bucket": bucket, "Key": key}
    for name, member in models.outside_body("s3", operation).items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "querystring":
            sent[name] = (response.querystring.get(wire) or [None])[0]
        elif where == "header":
            sent[name] = response.headers.get(wire)
    return sent


def _error(fault: Fault, call: Call) -> ApiError:
    given = fault.given
    if fault.kind == "throttle":
        found = codes.throttle(call.service)
    elif fault.kind == "capacity":
        found = codes.capacity(call.service)
    elif fault.kind == "error":
        found = codes.modelled(call.service, given["code"], given.get("status"))
    elif fault.kind == "hang":
        found = codes.breakdown(call.service, 503)
    else:
        found = codes.breakdown(call.service, given.get("status", 500))
    return replace(found, message=given.get("message", found.message))


def _on_the_wire(response: Any, error: ApiError) -> tuple[int, dict[str, str], bytes]:
    """An error in the protocol that the client speaks."""
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult

    # Moto looks for the model of an error by the module of its class.
    kind = type("FaultError", (ServiceException,), {"__module__": __name__})
    _, headers, body = response.serialized(ActionResult(kind(error.code, error.message)))
    content = body.encode() if isinstance(body, str) else body
    sent = {key: str(value) for key, value in headers.items() if key.lower() != "content-length"}
    # S3 has names of its own for it; whoever tells the cause of a failed task needs one.
    request_id = str(uuid.uuid4())
    return error.status, {**sent, "x-amzn-RequestId": request_id, "x-amz-request-id": request_id}, content
