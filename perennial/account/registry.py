"""The model registry as people use it: list versions, and decide about them."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Self

from botocore.exceptions import ClientError

from contract.history import Kind
from perennial.account import records
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError
from shared.adapters import registry as shared

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html
_LONGEST_REASON = 1024
_MOST_LISTED = 100
# In a message.
_MOST_NAMED = 10
# The newest rows of a history: one of them has its latest moment.
_NEWEST_ROWS = 100


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
    found = False
    for summary in _summaries(aws, stack.group(model)):
        found = True
        yield describe(aws, summary["ModelPackageArn"])
    if not found:
        raise _nothing(stack, model)


def _summaries(aws: Aws, group: str) -> Iterator[Mapping[str, Any]]:
    """What a list tells of a group's versions, newest first; nothing when there is no such group."""
    client = aws.client("sagemaker")
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": _MOST_LISTED},
    )
    try:
        for page in pages:
            yield from page["ModelPackageSummaryList"]
    except ClientError:
        # It is nowhere written how a list refuses a group that is not there.
        if shared.exists(client, group):
            raise


def _nothing(stack: Stack, model: str) -> OperatorError:
    return OperatorError(
        f"model {model!r} has no version in package group {stack.group(model)} yet; "
        f"register one with `run {model}`, `status` lists the models"
    )


def _find(aws: Aws, stack: Stack, *, model: str, version: int) -> Version:
    """One version by its number, with as many calls however many there are.

    Raises:
        OperatorError: there is none.
    """
    _ = stack.training
    newest = {
        int(item["ModelPackageVersion"]): item for item in islice(_summaries(aws, stack.group(model)), _MOST_LISTED)
    }
    if not newest:
        raise _nothing(stack, model)
    if version in newest:
        return describe(aws, newest[version]["ModelPackageArn"])
    prefix = next(iter(newest.values()))["ModelPackageArn"].rpartition("/")[0]
    try:
        if len(newest) == _MOST_LISTED:
            return describe(aws, f"{prefix}/{version}")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
    choice = ", ".join(map(str, sorted(newest)[-_MOST_NAMED:]))
    older = " or an older one" if len(newest) > _MOST_NAMED else ""
    raise OperatorError(f"model {model} has no version {version}; choose one of {choice}{older}")


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
    before = _find(aws, stack, model=model, version=version)
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=before.arn,
        ModelApprovalStatus=decision,
        ApprovalDescription=reason or f"{decision.lower()} with the perennial command line",
    )
    after = describe(aws, before.arn)
    records.append(
        aws,
        stack.history_table,
        kind=Kind.APPROVAL,
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
    rows = records.decisions(aws, stack.history_table, model=model)
    known = [datetime.fromisoformat(row["recorded_at"]) for row in islice(rows, _NEWEST_ROWS)]
    return max([changed.changed_at, *known]).astimezone(UTC)
