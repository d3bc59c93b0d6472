"""Which version of a model is to serve, over what people do to a registry."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.catalogue import Approval
from shared import versions
from shared.versions import Version

START = datetime(2026, 3, 1, tzinfo=UTC)
PENDING = "PendingManualApproval"


def _version(number: int, status: str, *, day: int | None = None) -> Version:
    return Version(
        arn=f"arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/{number}",
        number=number,
        status=status,
        since=START + timedelta(days=number if day is None else day),
        model_data_url=f"s3://bucket/models/m/{number}/output/model.tar.gz",
    )


def _served(*found: Version, approval: Approval = "manual") -> int | None:
    chosen = versions.to_serve(found, approval=approval)
    return chosen.number if chosen else None


def test_nothing_registered_is_nothing_to_serve() -> None:
    assert _served() is None
    assert _served(approval="automatic") is None


def test_the_newest_approved_version_serves_in_any_order() -> None:
    found = [_version(1, "Approved"), _version(3, "Approved"), _version(2, "Approved")]
    assert _served(*found) == 3


def test_a_rejected_version_gives_way_to_the_one_before() -> None:
    assert _served(_version(1, "Approved"), _version(2, "Approved"), _version(3, "Rejected", day=9)) == 2


def test_an_older_version_that_is_approved_again_serves() -> None:
    assert _served(_version(1, "Approved", day=9), _version(2, "Approved")) == 1


def test_all_rejected_is_nothing_to_serve() -> None:
    rejected = [_version(1, "Rejected"), _version(2, "Rejected")]
    assert _served(*rejected) is None
    assert _served(*rejected, approval="automatic") is None


def test_a_pending_version_serves_where_approval_is_automatic_only() -> None:
    found = [_version(1, "Approved"), _version(2, PENDING)]
    assert _served(*found) == 1
    assert _served(*found, approval="automatic") == 2
    assert _served(_version(1, PENDING)) is None
    assert _served(_version(1, PENDING), approval="automatic") == 1


def test_of_the_same_moment_the_higher_number_serves() -> None:
    assert _served(_version(2, "Approved", day=5), _version(1, "Approved", day=5)) == 2


def _description(**changes: Any) -> dict[str, Any]:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html
    return {
        "ModelPackageArn": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/4",
        "ModelPackageVersion": 4,
        "ModelApprovalStatus": "Approved",
        "CreationTime": START,
        "InferenceSpecification": {"Containers": [{"Image": "i", "ModelDataUrl": "s3://b/models/m/j/model.tar.gz"}]},
        "CustomerMetadataProperties": {"digest": "d"},
        **changes,
    }


def test_a_description_is_read() -> None:
    assert versions.from_description(_description()) == Version(
        arn="arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/4",
        number=4,
        status="Approved",
        since=START,
        model_data_url="s3://b/models/m/j/model.tar.gz",
        metadata={"digest": "d"},
    )


def test_a_change_counts_from_when_it_was_made() -> None:
    changed = START + timedelta(days=3)
    assert versions.from_description(_description(LastModifiedTime=changed)).since == changed


@pytest.mark.parametrize("missing", ["CustomerMetadataProperties", "LastModifiedTime"])
def test_what_the_service_leaves_out_is_no_error(missing: str) -> None:
    description = _description()
    description.pop(missing, None)
    assert versions.from_description(description).number == 4
