"""The model registry, also from another account."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import boto3
from botocore.exceptions import ClientError

from shared import versions
from shared.versions import APPROVED, PENDING, Approval, Version


class NotReadableError(Exception):
    """The registry refuses to show a group, or has none of that name in the caller's sight."""


def candidates(group_arn: str, *, approval: Approval) -> Iterator[Version]:
    """Versions of a group that may be the one to serve; nothing when the group does not exist yet.

    Of those that nobody has judged only the newest may be, so that no others are read, however many have piled up.

    Raises:
        NotReadableError: another account's registry denies access; AWS does not tell whether the group exists.
    """
    try:
        yield from _newest(group_arn, status=APPROVED)
        if approval == "automatic":
            yield from _newest(group_arn, status=PENDING, count=1)
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return
        if error.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}:
            raise NotReadableError(str(error)) from error
        raise


def newest(group: str) -> Version | None:
    """The version of a group that was registered last, whoever judged it; None when there is none."""
    return next(_newest(group, count=1), None)


def _newest(group: str, *, status: str | None = None, count: int | None = None) -> Iterator[Version]:
    client = boto3.client("sagemaker")
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        **({"ModelApprovalStatus": status} if status else {}),
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 100},
    )
    summaries = (item for page in pages for item in page["ModelPackageSummaryList"])
    completed = (item["ModelPackageArn"] for item in summaries if item["ModelPackageStatus"] == "Completed")
    for arn in islice(completed, count):
        yield versions.from_description(client.describe_model_package(ModelPackageName=arn))


def ensure_group(name: str, *, description: str, tags: Mapping[str, str], policy: str | None) -> None:
    """Make a group if it is not there, and let others read it.

    Args:
        name: of the group.
        description: for people.
        tags: by name.
        policy: resource policy in JSON, None when nobody else reads it.
    """
    client = boto3.client("sagemaker")
    try:
        client.describe_model_package_group(ModelPackageGroupName=name)
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        client.create_model_package_group(
            ModelPackageGroupName=name,
            ModelPackageGroupDescription=description,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    if policy is not None:
        client.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=policy)


def register(request: Mapping[str, Any]) -> str:
    """CreateModelPackage; returns the ARN."""
    return str(boto3.client("sagemaker").create_model_package(**request)["ModelPackageArn"])


def version(arn: str) -> Version:
    """One version."""
    return versions.from_description(boto3.client("sagemaker").describe_model_package(ModelPackageName=arn))
