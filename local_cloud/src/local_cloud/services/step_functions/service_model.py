"""Services as SDK integrations name them, and requests and responses in their spelling.

References:
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

import functools
import json
import re
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from botocore.response import StreamingBody

from local_cloud.kernel import sdk

# Names of the SDK for Java, which SDK integrations use, where they are not the client's name without its hyphens.
_CLIENTS = {
    "sfn": "stepfunctions",
    "states": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cloudwatchevents": "events",
    "elasticloadbalancingv2": "elbv2",
    "costexplorer": "ce",
}


class UnsupportedParameterError(ValueError):
    """A task has an argument that the API does not know."""


@functools.cache
def _session() -> botocore.session.Session:
    return sdk.session()


@functools.cache
def client_name(service: str) -> str:
    """Name of boto3's client for the service of an integration, for example ``logs`` for ``cloudwatchlogs``."""
    if service in _CLIENTS:
        return _CLIENTS[service]
    known = _session().get_available_services()
    return next((name for name in known if name.replace("-", "") == service), service)


@functools.cache
def _model(client: str) -> ServiceModel:
    return _session().get_service_model(client)


@functools.cache
def error_prefix(service: str) -> str:
    """What the errors of an SDK integration start with, for example ``EventBridge``.

    It is the name of the service in the SDK for Java: the words of its service id, each capitalised.
    """
    words = str(_model(client_name(service)).metadata["serviceId"])
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", words)
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", words)
    words = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", words)
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", words))


@functools.cache
def error_class(service: str, code: str) -> str | None:
    """Name of a modelled error's class in the SDK for Java; None for one that the service does not model.

    Args:
        service: of an integration.
        code: on the wire.
    """
    for shape in _model(client_name(service)).error_shapes:
        if isinstance(shape, StructureShape) and code in {shape.error_code, shape.name}:
            name = str(shape.name)
            return name if name.endswith("Exception") else f"{name}Exception"
    return None


def operation(service: str, action: str) -> OperationModel:
    """The operation behind an action in snake case, for example ``start_execution``.

    Raises:
        UnsupportedParameterError: the service has none of that name.
    """
    model = _model(client_name(service))
    wanted = action.replace("_", "").lower()
    for name in model.operation_names:
        if name.lower() == wanted:
            return model.operation_model(name)
    raise UnsupportedParameterError(f"the service {service!r} has no action {action!r}")


def request(value: Any, shape: Shape) -> Any:
    """A task's arguments as the client takes them: in its own spelling, text and bytes where it wants them.

    Raises:
        UnsupportedParameterError: there is an argument that the API does not know.
    """
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {_letters(name): (name, member) for name, member in shape.members.items()}  # type: ignore[attr-defined]  # of structures
        converted = {}
        for key, item in value.items():
            if _letters(key) not in members:
                raise UnsupportedParameterError(f"The field {key!r} is not supported by Step Functions")
            name, member = members[_letters(key)]
            if item is not None:
                converted[name] = request(item, member)
        return converted
    if shape.type_name == "list" and isinstance(value, list):
        return [request(item, shape.member) for item in value]  # type: ignore[attr-defined]  # of lists
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: request(item, shape.value) for key, item in value.items()}  # type: ignore[attr-defined]  # of maps
    if shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"))
    if shape.type_name == "blob" and not isinstance(value, bytes):
        return json.dumps(value, separators=(",", ":")).encode()
    return value


def response(value: Any, shape: Shape, *, milliseconds: bool) -> Any:  # noqa: PLR0911  # one return a kind
    """A client's answer as a task gives it: members in Pascal case, plain JSON.

    Args:
        value: the answer or a part of it.
        shape: its model.
        milliseconds: times are numbers, as in optimised integrations, and not text.
    """
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members  # type: ignore[attr-defined]  # of structures
        return {
            key[:1].upper() + key[1:]: response(item, members[key], milliseconds=milliseconds)
            if key in members
            else item
            for key, item in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [response(item, shape.member, milliseconds=milliseconds) for item in value]  # type: ignore[attr-defined]  # of lists
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: response(item, shape.value, milliseconds=milliseconds) for key, item in value.items()}  # type: ignore[attr-defined]  # of maps
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000) if milliseconds else _text(value)
    return value


def _text(moment: datetime) -> str:
    """A time as the SDK for Java writes it: in UTC, with milliseconds where there are any."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _letters(name: str) -> str:
    return name.replace("_", "").lower()
