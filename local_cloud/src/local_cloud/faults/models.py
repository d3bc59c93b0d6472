"""Botocore's models of the services, which the plan's orders and errors are held against."""

import functools

import botocore.session
from botocore.model import ServiceModel, Shape, StructureShape

from local_cloud.kernel import sdk


@functools.cache
def services() -> frozenset[str]:
    """Names of boto3's clients."""
    return frozenset(_session().get_available_services())


@functools.cache
def of(service: str) -> ServiceModel:
    """Model of a service.

    Args:
        service: name of boto3's client.
    """
    return _session().get_service_model(service)


def error_shapes(service: str) -> list[StructureShape]:
    """Errors that a service models."""
    return [shape for shape in of(service).error_shapes if isinstance(shape, StructureShape)]


def members(service: str, operation: str) -> dict[str, Shape]:
    """Parameters of an operation."""
    shape = of(service).operation_model(operation).input_shape
    return dict(shape.members) if isinstance(shape, StructureShape) else {}


def outside_body(service: str, operation: str) -> dict[str, Shape]:
    """Parameters of an operation that are sent in the path, the query or a header."""
    return {
        name: member
        for name, member in members(service, operation).items()
        if member.serialization.get("location") in {"uri", "querystring", "header"}
    }


@functools.cache
def _session() -> botocore.session.Session:
    return sdk.session()
