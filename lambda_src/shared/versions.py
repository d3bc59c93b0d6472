"""A registered version of a model, and which one is to serve."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contract.catalogue import Approval
from contract.family import BEFORE

APPROVED = "Approved"
REJECTED = "Rejected"
PENDING = "PendingManualApproval"
# How many of a model's newest approved versions are looked at, however many there are. Each costs a call, and a plan of
# a thousand models has the 15 minutes of a function.
WINDOW = 10


@dataclass(frozen=True, kw_only=True)
class Version:
    """One model package.

    Args:
        arn: of the package.
        number: its version in the group.
        status: Approved, Rejected or PendingManualApproval.
        since: when it was registered or last changed; to approve a version again is such a change.
        model_data_url: S3 URI of model.tar.gz.
        metadata: its CustomerMetadataProperties.
    """

    arn: str
    number: int
    status: str
    since: datetime
    model_data_url: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def algorithm(self) -> str:
        """What trained it; versions did not always say."""
        return self.metadata.get("algorithm", BEFORE.name)


def from_description(package: Mapping[str, Any]) -> Version:
    """Read a DescribeModelPackage response."""
    since = package.get("LastModifiedTime") or package["CreationTime"]
    return Version(
        arn=package["ModelPackageArn"],
        number=int(package["ModelPackageVersion"]),
        status=package["ModelApprovalStatus"],
        since=since,
        model_data_url=package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"],
        metadata=package.get("CustomerMetadataProperties", {}),
    )


def to_serve(versions: Iterable[Version], *, approval: Approval) -> Version | None:
    """The version that is to serve: the latest approved one.

    Args:
        versions: all versions of a model.
        approval: ``automatic`` also takes a version that nobody has judged yet.
    """
    allowed = [
        version
        for version in versions
        if version.status == APPROVED or (approval == "automatic" and version.status != REJECTED)
    ]
    return max(allowed, key=lambda version: (version.since, version.number), default=None)
