"""The model registry, also from another account."""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from shared import versions
from shared.versions import REJECTED, Version


class NotReadableError(Exception):
    """The registry refuses to show a group, or has none of that name in the caller's sight."""


def candidates(group_arn: str) -> Iterator[Version]:
    """Versions of a group that nobody rejected, newest first; nothing when the group does not exist yet.

    Raises:
        NotReadableError: another account's registry denies access; AWS does not tell whether the group exists.
    """
    client = boto3.client("sagemaker")
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group_arn, SortBy="CreationTime", SortOrder="Descending"
    )
    try:
        for page in pages:
            for summary in page["ModelPackageSummaryList"]:
                if summary["ModelApprovalStatus"] != REJECTED and summary["ModelPackageStatus"] == "Completed":
                    yield versions.from_description(
                        client.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
                    )
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return
        if error.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}:
            raise NotReadableError(str(error)) from error
        raise


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
