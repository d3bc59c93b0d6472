"""What an HTTP request asks of which AWS service, and an error in the words that its client reads.

The protocols are those of Smithy: https://smithy.io/2.0/aws/protocols/. Models of services are botocore's.
"""

import functools
import gzip
import io
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import botocore
from botocore.model import OperationNotFoundError

from local_cloud.kernel import sdk

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d+/[^/]+/([^/]+)/")
_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)$")
# A model begins with it; whole models are long.
_METADATA = re.compile(rb'"metadata"\s*:\s*(\{.*?\})\s*,\s*"(?:operations|shapes|documentation)"', re.DOTALL)
_HEAD = 8192
_FORM = "local_cloud.form"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a request asks for.

    Args:
        service: as boto3 names it, or what the request was signed for where no model has that name.
        operation: as its model names it; empty if that cannot be told.
        protocol: in which the client reads its answer.
    """

    service: str
    operation: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}" if self.operation else self.service


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An error as it is sent.

    Args:
        status: of HTTP.
        headers: with its type and length.
        body: of the answer.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def call_of(environ: dict[str, Any]) -> Call:
    """The call that a request makes; S3's if nothing tells another service, as only S3 has requests without a name."""
    signed = signed_for(environ)
    target, path = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("PATH_INFO", "")
    if target:
        prefix, _, operation = target.rpartition(".")
        service = _service(signed, operation, target_prefix=prefix)
        return Call(service=service, operation=operation, protocol="json")
    if found := _CBOR_PATH.search(path):
        service = _service(signed, found[2], target_prefix=found[1])
        return Call(service=service, operation=found[2], protocol="smithy-rpc-v2-cbor")
    action = _action(environ)
    if action:
        service = _service(signed, action)
        return Call(service=service, operation=action, protocol="ec2" if service == "ec2" else "query")
    return _rest(signed or "s3", environ)


def failure(call: Call, code: str, message: str, status: int = 400) -> Failure:
    """An error of a call.

    Args:
        call: that failed.
        code: of the error.
        message: of the error, one sentence.
        status: of HTTP.
    """
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id)]
    if call.protocol in {"json", "rest-json"}:
        body = json.dumps({"__type": code, "message": message}).encode()
        headers.append(("x-amzn-ErrorType", code))
    elif call.protocol == "smithy-rpc-v2-cbor":
        body = _cbor({"__type": code, "message": message})
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    else:
        body = _xml(call, code, message, request_id).encode()
    headers += [("Content-Type", content_type(call.protocol)), ("Content-Length", str(len(body)))]
    return Failure(status=status, headers=headers, body=body)


def content_type(protocol: str, json_version: str | None = None) -> str:
    """Of an answer in a protocol.

    Args:
        protocol: as models name it.
        json_version: of the protocol ``json``, if its model says one.
    """
    return {
        "json": f"application/x-amz-json-{json_version or '1.1'}",
        "rest-json": "application/json",
        "smithy-rpc-v2-cbor": "application/cbor",
    }.get(protocol, "text/xml")


def type_of(environ: dict[str, Any]) -> str:
    """The content type of an answer to a request, for which its operation need not be known."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        return content_type("json")
    protocols = {_models()[name]["protocol"] for name in _signing(signed_for(environ))}
    return content_type("rest-json" if "rest-json" in protocols and "rest-xml" not in protocols else "rest-xml")


def _xml(call: Call, code: str, message: str, request_id: str) -> str:
    told = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.service == "s3":
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{told}<RequestId>{request_id}</RequestId></Error>'
    if call.protocol == "ec2":
        return f"<Response><Errors><Error>{told}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    return f"<ErrorResponse><Error><Type>Sender</Type>{told}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"


def _cbor(texts: dict[str, str]) -> bytes:
    """A map of texts, of at most 23: https://www.rfc-editor.org/rfc/rfc8949#section-3.1."""
    content = b"".join(_cbor_text(key) + _cbor_text(value) for key, value in texts.items())
    return bytes([0xA0 | len(texts)]) + content


def _cbor_text(text: str) -> bytes:
    content = text.encode()
    return b"\x7a" + len(content).to_bytes(4, "big") + content


def signed_for(environ: dict[str, Any]) -> str:
    """The name that a request was signed with, which services may share; empty without a signature."""
    query = unquote(environ.get("QUERY_STRING", ""))
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")) or _SCOPE.search(
        query.replace("X-Amz-Credential", "Credential")
    )
    return scope[1] if scope else ""


def keep_form(environ: dict[str, Any]) -> None:
    """Read the form of a request of the query protocols, so that it can be asked again when the stream is at its end.

    A second read of the stream would wait for what the client never sends.
    """
    length = environ.get("CONTENT_LENGTH", "")
    is_form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    if _FORM not in environ and environ["REQUEST_METHOD"] == "POST" and is_form and length.isdecimal():
        environ[_FORM] = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(environ[_FORM])


def _action(environ: dict[str, Any]) -> str:
    """The operation of the query protocols, from the address or a form."""
    keep_form(environ)
    form: bytes = environ.get(_FORM, b"")
    query: str = environ.get("QUERY_STRING", "")
    for given in (query, form.decode(errors="replace")):
        if named := parse_qs(given).get("Action"):
            return named[0]
    return ""


def _rest(signed: str, environ: dict[str, Any]) -> Call:
    # Addresses of the services beside it are longer, as those of S3 Control beside S3's, which may be anything.
    for name in sorted(_signing(signed), key=lambda each: each == signed):
        if operation := _routed(name, environ):
            return Call(service=name, operation=operation, protocol=_models()[name]["protocol"])
    service = _service(signed, "")
    return Call(service=service, operation="", protocol=_models().get(service, {}).get("protocol", "rest-json"))


def _routed(service: str, environ: dict[str, Any]) -> str:
    from moto.core.routing import get_service_router
    from moto.moto_server.werkzeug_app import BackendRequest
    from werkzeug.exceptions import HTTPException

    if not _models()[service]["protocol"].startswith("rest"):
        return ""
    try:
        operation, _ = get_service_router(service).match(BackendRequest(environ, populate_request=False))
    except (HTTPException, NotImplementedError, OperationNotFoundError):
        return ""
    return str(operation.name)


def _service(signed: str, operation: str, *, target_prefix: str = "") -> str:
    """The one of those that sign with a name that has the prefix and the operation, else the one of that name."""
    candidates = _signing(signed)
    found = [name for name in candidates if _models()[name].get("targetPrefix", target_prefix) == target_prefix]
    if len(found) != 1:
        found = [name for name in found or candidates if operation in _operations(name)]
    return signed if signed in found or not found else found[0]


def _signing(name: str) -> list[str]:
    return [service for service, found in _models().items() if _signing_name(found) == name]


def _operations(service: str) -> dict[str, Any]:
    found: dict[str, Any] = sdk.loader().load_service_model(service, "service-2")["operations"]
    return found


def _signing_name(metadata: dict[str, Any]) -> str:
    return str(metadata.get("signingName") or metadata["endpointPrefix"])


@functools.cache
def _models() -> dict[str, dict[str, Any]]:
    """The metadata of each service's newest model."""
    return dict(_heads())


def _heads() -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in sorted(Path(botocore.__file__).parent.joinpath("data").iterdir()):
        versions = sorted(folder.glob("*/service-2.json.gz"))
        if versions:
            with gzip.open(versions[-1]) as file:
                head = _METADATA.search(file.read(_HEAD))
            yield (
                folder.name,
                json.loads(head[1]) if head else sdk.loader().load_service_model(folder.name, "service-2")["metadata"],
            )
