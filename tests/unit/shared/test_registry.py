"""Which versions are read to find the one to serve."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from shared.adapters import registry
from shared.versions import Approval

_GROUP = "perennial-m"
_CONTAINER = {"Image": "111111111111.dkr.ecr.us-east-1.amazonaws.com/i:1", "ModelDataUrl": "s3://b/model.tar.gz"}
_STATUSES = ("Approved", "Rejected", "PendingManualApproval", "Approved", "PendingManualApproval", "Rejected")


@pytest.fixture
def _versions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("sagemaker")
        client.create_model_package_group(ModelPackageGroupName=_GROUP)
        for status in _STATUSES:
            client.create_model_package(
                ModelPackageGroupName=_GROUP,
                ModelApprovalStatus=status,
                InferenceSpecification={
                    "Containers": [_CONTAINER],
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                },
            )
        yield


@pytest.mark.usefixtures("_versions")
@pytest.mark.parametrize(("approval", "numbers"), [("manual", {1, 4}), ("automatic", {1, 4, 5})])
def test_of_the_versions_that_nobody_judged_only_the_newest_is_read(approval: Approval, numbers: set[int]) -> None:
    assert {version.number for version in registry.candidates(_GROUP, approval=approval)} == numbers


@pytest.mark.usefixtures("_versions")
def test_a_group_that_does_not_exist_yet_has_no_versions() -> None:
    assert list(registry.candidates("perennial-other", approval="automatic")) == []
