"""Requests of Tasks against the models of the services they call."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from tests.unit.mlops_constructs import java_patterns, machine
from tests.unit.mlops_constructs.machine import State

_SESSION = botocore.session.get_session()
_NAMES = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
# Errors of the optimised integration begin with the service's name instead of the resource's.
_PREFIXES = {"states": "StepFunctions"}
_WAITS = (".sync:2", ".sync")


def service(state: State) -> str:
    """The service of a Task as its resource names it."""
    return _call(state)[0]


def errors_begin_with(state: State) -> str:
    """What the names of a Task's own errors begin with, in any case."""
    return _PREFIXES.get(service(state), service(state))


def _call(state: State) -> tuple[str, str]:
    resource = str(state["Resource"])
    for ending in _WAITS:
        resource = resource.removesuffix(ending)
    found = resource.split(":")
    return found[-2], found[-1]


def operation(state: State) -> OperationModel:
    """The API operation of a Task."""
    action = _call(state)[1]
    model = _SESSION.get_service_model(_NAMES.get(service(state), service(state)))
    name = next(item for item in model.operation_names if xform_name(item) == xform_name(action))
    return model.operation_model(name)


def request(state: State, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What a Task sends; the integrations of Lambda, SNS and Step Functions take objects where the API takes text."""
    built: dict[str, Any] = machine.evaluate(state["Arguments"], variables)
    for name in ("Payload", "Message", "Input"):
        if isinstance(built.get(name), dict):
            built[name] = json.dumps(built[name])
    shape = operation(state).input_shape
    assert shape is not None
    # States write every parameter with a capital: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    small = {name[0].upper() + name[1:]: name for name in shape.members}
    return {small.get(name, name): value for name, value in built.items()}


def problems(state: State, variables: Mapping[str, Any]) -> list[str]:
    """Everything that the service would refuse."""
    shape = operation(state).input_shape
    assert shape is not None
    built = request(state, variables)
    report = ParamValidator().validate(built, shape)
    return [report.generate_report()] if report.has_errors() else list(violations(built, shape, "request"))


def violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    """What botocore leaves to the service: upper limits, forms and enumerations."""
    if shape.type_name == "structure":
        for name, item in value.items():
            yield from violations(item, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        yield from _too_many(value, shape, path)
        for item in value:
            yield from violations(item, shape.member, path)
    elif shape.type_name == "map":
        yield from _too_many(value, shape, path)
        for name, item in value.items():
            yield from violations(name, shape.key, path)
            yield from violations(item, shape.value, f"{path}.{name}")
    elif shape.type_name == "string":
        yield from _text(value, shape, path)
    elif shape.type_name in {"double", "float", "integer", "long"}:
        longest = shape.metadata.get("max")
        if longest is not None and value > longest:
            yield f"{path} is {value}, at most {longest} is allowed"


def _too_many(value: Any, shape: Any, path: str) -> Iterator[str]:
    longest = shape.metadata.get("max")
    if longest is not None and len(value) > longest:
        yield f"{path} has {len(value)} items, at most {longest} are allowed"


def _text(text: str, shape: Any, path: str) -> Iterator[str]:
    longest, pattern = shape.metadata.get("max"), shape.metadata.get("pattern", "")
    if longest is not None and len(text) > longest:
        yield f"{path} has {len(text)} characters, at most {longest} are allowed: {text}"
    if pattern and not java_patterns.compiled(pattern).fullmatch(text):
        yield f"{path} is {text!r}, not {pattern}"
    if shape.enum and text not in shape.enum:
        yield f"{path} is {text!r}, not one of {shape.enum}"
