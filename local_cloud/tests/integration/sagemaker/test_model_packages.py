from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

GROUP = "group"
KEPT = {"training_job": "job", "fingerprint": "0a"}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    made = cloud.client("sagemaker", ACCOUNT)
    made.create_model_package_group(ModelPackageGroupName=GROUP)
    return made


@pytest.fixture
def arn(client: Any) -> str:
    made = client.create_model_package(
        ModelPackageGroupName=GROUP, ModelApprovalStatus="PendingManualApproval", CustomerMetadataProperties=KEPT
    )
    return str(made["ModelPackageArn"])


def test_an_approval_leaves_the_metadata_alone(client: Any, arn: str) -> None:
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")

    version = client.describe_model_package(ModelPackageName=arn)
    assert (version["ModelApprovalStatus"], version["ApprovalDescription"]) == ("Approved", "good")
    assert version["CustomerMetadataProperties"] == KEPT


def test_metadata_is_added_and_removed_and_leaves_the_approval_alone(client: Any, arn: str) -> None:
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="bad")
    client.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"commit": "3bab0c7", "fingerprint": "0b"},
        CustomerMetadataPropertiesToRemove=["training_job"],
    )

    version = client.describe_model_package(ModelPackageName=arn)
    assert version["CustomerMetadataProperties"] == {"commit": "3bab0c7", "fingerprint": "0b"}
    assert (version["ModelApprovalStatus"], version["ApprovalDescription"]) == ("Rejected", "bad")


def test_a_version_names_who_made_it_and_who_judged_it(cloud: RunningCloud, client: Any, arn: str) -> None:
    allowed = {"Effect": "Allow", "Action": "sagemaker:UpdateModelPackage", "Resource": "*"}
    role = make_role(cloud, "owner", [allowed])
    as_role(cloud, role, "sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    version = client.describe_model_package(ModelPackageName=arn)
    assert version["CreatedBy"] == {"IamIdentity": {"Arn": f"arn:aws:iam::{ACCOUNT}:root"}}
    assert version["LastModifiedBy"] == {"IamIdentity": {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/owner/test"}}


@pytest.mark.parametrize(
    "metadata",
    [
        {"golden_request": "1.5,2,3"},
        {"share": "93 %"},
        {"text": "x" * 257},
        {"a key, a comma": "value"},
        {f"key-{number}": "value" for number in range(51)},
    ],
    ids=["comma", "percent", "long", "key", "entries"],
)
def test_metadata_that_aws_refuses(client: Any, arn: str, metadata: dict[str, str]) -> None:
    for call, request in (
        (client.create_model_package, {"ModelPackageGroupName": GROUP}),
        (client.update_model_package, {"ModelPackageArn": arn}),
    ):
        with pytest.raises(ClientError, match="'customerMetadataProperties' failed to satisfy constraint") as raised:
            call(**request, CustomerMetadataProperties=metadata)
        assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_metadata_may_use_every_character_that_aws_allows(client: Any) -> None:
    metadata = {"Größe_.:/=+-@ 1": "s3://bucket/ž/0.93"}
    arn = client.create_model_package(ModelPackageGroupName=GROUP, CustomerMetadataProperties=metadata)[
        "ModelPackageArn"
    ]

    assert client.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == metadata
