"""A package group with any number of versions, made without as many calls, and a count of the calls that are made."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.sagemaker.models import sagemaker_backends

from tests.support import clients

ACCOUNT, REGION = "123456789012", "us-east-1"
GROUP_ARN_PREFIX = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/perennial-"


def group(model: str) -> str:
    """ARN of a model's package group."""
    return f"{GROUP_ARN_PREFIX}{model}"


def arn(model: str, number: int) -> str:
    """ARN of a version."""
    return f"{group(model).replace('-group/', '/')}/{number}"


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Calls of the handlers' clients and of boto3's default session, by service and operation; moto answers them."""
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        session, calls = boto3.Session(), Counter[str]()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        clients.fresh(monkeypatch, session)

        def count(model: Any, **_: object) -> None:
            calls[f"{model.service_model.service_name}:{model.name}"] += 1

        session.events.register("before-call.*.*", count)
        yield calls


def store(model: str, count: int, *, status: str = "Approved", changed: Mapping[int, datetime] | None = None) -> None:
    """Fill a group with versions 1 to ``count``, each made a minute after the one before.

    Args:
        model: whose.
        count: how many.
        status: of all of them.
        changed: when a version was changed last, by its number; when it was made unless given.
    """
    client = boto3.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=f"perennial-{model}")
    container = {"Image": "1.dkr.ecr.us-east-1.amazonaws.com/i:1", "ModelDataUrl": "s3://bucket/model.tar.gz"}
    first = client.create_model_package(
        ModelPackageGroupName=f"perennial-{model}",
        ModelApprovalStatus=status,
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    packages = sagemaker_backends[ACCOUNT][REGION].model_packages
    original = packages[first]
    for number in range(1, count + 1):
        package = copy(original)
        package.arn, package.model_package_version = arn(model, number), number
        package.creation_time = made(number)
        package.last_modified_time = (changed or {}).get(number, made(number))
        packages[package.arn] = package


def made(number: int) -> datetime:
    """When a version was made."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
