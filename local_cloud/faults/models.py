"""Botocore's models of the services, which the plan's orders and errors are held against."""

import functools

import botocore.session
from botocore.model import ServiceModel


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


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
