"""The model registry as people use it: list versions, and decide about them."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from botocore.exceptions import ClientError

from perennial import records
from perennial.aws import Aws
from perennial.errors import OperatorError
from perennial.stack import Stack

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html
_LONGEST_REASON = 1024


class Decision(StrEnum):
    """What a person may say about a version."""

    APPROVED = "Approved"
    REJECTED = "Rejected"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One model package.

    Args:
        arn: of the package.
        number: in its group.
        status: Approved, Rejected or PendingManualApproval.
        created_at: when it was registered.
        changed_at: when it was last changed; to approve it again is a change.
        description: why it passed the gate.
        decision: the reason that the last person gave, empty when nobody did.
        metadata: metric, value, digest, lineage and so on.
    """

    arn: str
    number: int
    status: str
    created_at: datetime
    changed_at: datetime
    description: str = ""
    decision: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_description(cls, package: Mapping[str, Any]) -> Self:
        """Read a DescribeModelPackage response."""
        return cls(
            arn=package["ModelPackageArn"],
            number=int(package["ModelPackageVersion"]),
            status=package["ModelApprovalStatus"],
            created_at=package["CreationTime"],
            changed_at=package.get("LastModifiedTime") or package["CreationTime"],
            description=package.get("ModelPackageDescription", ""),
            decision=package.get("ApprovalDescription", ""),
            metadata=package.get("CustomerMetadataProperties", {}),
        )


def number(arn: str) -> str:
    """Version in a model package's ARN."""
    return arn.rpartition("/")[2]


def versions(aws: Aws, stack: Stack, *, model: str) -> Iterator[Version]:
    """All versions of a model, newest first.

    Raises:
        OperatorError: nothing was registered yet, or this is not the training account.
    """
    _ = stack.training
    client, group = aws.client("sagemaker"), stack.group(model)
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
    )
    found = False
    try:
        for page in pages:
            for summary in page["ModelPackageSummaryList"]:
                found = True
                yield describe(aws, summary["ModelPackageArn"])
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
    if not found:
        raise OperatorError(
            f"model {model!r} has no version in package group {group} yet; "
            f"register one with `run {model}`, `status` lists the models"
        )


def describe(aws: Aws, arn: str) -> Version:
    """One version, by its ARN."""
    return Version.from_description(aws.client("sagemaker").describe_model_package(ModelPackageName=arn))


def decide(aws: Aws, stack: Stack, *, model: str, version: int, decision: Decision, reason: str) -> Version:
    """Approve or reject a version, and append that to the history; what serves follows by itself.

    Returns:
        The version as it is now.

    Raises:
        OperatorError: there is no such version, or the reason is too long.
    """
    if len(reason) > _LONGEST_REASON:
        raise OperatorError(f"a reason has at most {_LONGEST_REASON} characters, got {len(reason)}; shorten it")
    known = {found.number: found for found in versions(aws, stack, model=model)}
    if version not in known:
        choice = ", ".join(map(str, sorted(known)))
        raise OperatorError(f"model {model} has no version {version}; choose one of {choice}")
    before = known[version]
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=before.arn,
        ModelApprovalStatus=decision,
        ApprovalDescription=reason or f"{decision.lower()} with the perennial command line",
    )
    after = describe(aws, before.arn)
    records.append(
        aws,
        stack.history_table,
        kind="decision",
        subject=model,
        # The same shape as a run's id; two decisions of one second stay apart.
        moment=f"{after.changed_at.astimezone(UTC):%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}",
        values={
            "recorded_at": _recorded_at(aws, stack, model, after).isoformat(timespec="milliseconds"),
            "outcome": decision.lower(),
            "by": aws.identity(),
            "reason": reason or None,
            "model_package_arn": after.arn,
            "version": version,
            "before": before.status,
        },
    )
    return after


def _recorded_at(aws: Aws, stack: Stack, model: str, changed: Version) -> datetime:
    """When the registry was changed, but never before what it is about: the workflows of a local cloud run ahead."""
    rows = records.rows(aws, stack.history_table, kind="decision", subject=model)
    known = [datetime.fromisoformat(row["recorded_at"]) for row in rows]
    return max([changed.changed_at, *known]).astimezone(UTC)
