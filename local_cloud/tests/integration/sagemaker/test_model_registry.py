"""The registry as its owner and as other accounts meet it, and the events of its changes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.events.conftest import Queue, put_rule
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, OTHER, as_role, make_role

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SPECIFICATION = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://bucket/models/a/output/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
METRICS = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://bucket/evaluation.json"}}}
READS = ["sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with lifecycle.start(Settings(state_dir=tmp_path_factory.mktemp("state"), port=0)) as running:
        yield running


@pytest.fixture
def owner(cloud: RunningCloud) -> Any:
    return cloud.client("sagemaker", ACCOUNT)


def _group(owner: Any, name: str, *, versions: int = 0) -> str:
    arn = owner.create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    for _ in range(versions):
        _version(owner, name)
    return str(arn)


def _version(owner: Any, group: str, **fields: Any) -> str:
    request = {"ModelPackageGroupName": group, "InferenceSpecification": SPECIFICATION, **fields}
    return str(owner.create_model_package(**request)["ModelPackageArn"])


def _resources(name: str) -> list[str]:
    prefix = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
    return [f"{prefix}:model-package-group/{name}", f"{prefix}:model-package/{name}/*"]


def _share(owner: Any, name: str, *, actions: list[str] | None = None, condition: dict[str, Any] | None = None) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": actions or READS,
        "Resource": _resources(name),
        **({"Condition": condition} if condition else {}),
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    owner.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=json.dumps(policy))


def _stranger(cloud: RunningCloud, role: str, *, actions: Any = "sagemaker:*", resources: Any = "*") -> Any:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return as_role(cloud, make_role(cloud, role, [statement], account=OTHER), "sagemaker", account=OTHER)


def _error(call: Any, **arguments: Any) -> dict[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return {"Code": error["Code"], "Message": error["Message"]}


def test_a_group_is_made_once(owner: Any) -> None:
    arn = _group(owner, "once", versions=1)

    error = _error(owner.create_model_package_group, ModelPackageGroupName="once")

    assert error == {"Code": "ValidationException", "Message": f"Model Package Group already exists: {arn}"}
    assert len(owner.list_model_packages(ModelPackageGroupName="once")["ModelPackageSummaryList"]) == 1


def test_a_missing_group_and_a_missing_version(owner: Any) -> None:
    _group(owner, "lonely")
    prefix = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"

    group = _error(owner.describe_model_package_group, ModelPackageGroupName="none")
    listed = _error(owner.list_model_packages, ModelPackageGroupName="none")
    by_arn = _error(owner.list_model_packages, ModelPackageGroupName=f"{prefix}:model-package-group/none")
    version = _error(owner.describe_model_package, ModelPackageName=f"{prefix}:model-package/lonely/1")

    missing = f"ModelPackageGroup {prefix}:model-package-group/none does not exist."
    assert group == listed == by_arn == {"Code": "ValidationException", "Message": missing}
    assert owner.list_model_packages(ModelPackageGroupName="lonely")["ModelPackageSummaryList"] == []
    assert (version["Code"], "does not exist" in version["Message"]) == ("ValidationException", True)


def test_versions_grow_and_wait_for_approval(owner: Any) -> None:
    _group(owner, "growing")
    first, second = (_version(owner, "growing", ModelMetrics=METRICS) for _ in range(2))
    owner.delete_model_package(ModelPackageName=second)
    third = _version(owner, "growing", ModelApprovalStatus="Approved")

    assert [arn.rsplit("/", maxsplit=1)[-1] for arn in (first, second, third)] == ["1", "2", "3"]
    described = owner.describe_model_package(ModelPackageName=first)
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["ModelMetrics"] == METRICS
    assert described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"].startswith("s3://bucket/")
    assert owner.describe_model_package(ModelPackageName=third)["ModelApprovalStatus"] == "Approved"


def test_a_model_card_is_kept_with_its_version(owner: Any) -> None:
    _group(owner, "carded")
    # As Estimator.register of the SDK 2.257.7 sends it, shortened.
    card = {"ModelCardStatus": "Draft", "ModelCardContent": json.dumps({"training_details": {}})}

    described = owner.describe_model_package(ModelPackageName=_version(owner, "carded", ModelCard=card))
    without = owner.describe_model_package(ModelPackageName=_version(owner, "carded"))

    assert described["ModelCard"] == card
    assert "ModelCard" not in without
    for change in ({"ModelCardStatus": "Good"}, {"ModelCardContent": "no"}, {"ModelCardContent": "[]"}):
        with pytest.raises(ClientError, match="ValidationException"):
            _version(owner, "carded", ModelCard=card | change)


def test_the_same_token_makes_one_version(owner: Any) -> None:
    _group(owner, "token")

    assert _version(owner, "token", ClientToken="t1") == _version(owner, "token", ClientToken="t1")
    assert _version(owner, "token", ClientToken="t2").endswith("/2")


def test_versions_are_listed_in_order_by_status_and_in_pages(owner: Any) -> None:
    _group(owner, "listed", versions=4)
    prefix = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/listed"
    for number in (2, 4):
        owner.update_model_package(ModelPackageArn=f"{prefix}/{number}", ModelApprovalStatus="Approved")

    def versions(**arguments: Any) -> list[int]:
        pages = owner.get_paginator("list_model_packages").paginate(ModelPackageGroupName="listed", **arguments)
        return [item["ModelPackageVersion"] for page in pages for item in page["ModelPackageSummaryList"]]

    assert versions() == [1, 2, 3, 4]
    assert versions(SortBy="CreationTime", SortOrder="Descending") == [4, 3, 2, 1]
    assert versions(ModelApprovalStatus="Approved", SortOrder="Descending") == [4, 2]
    assert versions(PaginationConfig={"PageSize": 3}) == [1, 2, 3, 4]
    page = owner.list_model_packages(ModelPackageGroupName="listed", MaxResults=3)
    assert (len(page["ModelPackageSummaryList"]), "NextToken" in page) == (3, True)


def test_an_update_keeps_what_it_does_not_name(owner: Any) -> None:
    _group(owner, "kept")
    arn = _version(owner, "kept", CustomerMetadataProperties={"a": "1", "b": "2"})

    owner.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    owner.update_model_package(
        ModelPackageArn=arn, CustomerMetadataProperties={"c": "3"}, CustomerMetadataPropertiesToRemove=["a"]
    )

    found = owner.describe_model_package(ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "good")
    assert found["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert found["LastModifiedTime"] >= found["CreationTime"]


def test_every_change_is_an_event(cloud: RunningCloud, owner: Any) -> None:
    queue = Queue(cloud, "changes")
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [{"prefix": "app-"}]},
    }
    put_rule(cloud, "changes", pattern, {"Arn": queue.arn})
    _group(owner, "app-model")
    _group(owner, "other", versions=1)

    arn = _version(owner, "app-model", ModelMetrics=METRICS, ClientToken="t")
    made = queue.next()["body"]
    assert (made["source"], made["account"], made["resources"]) == ("aws.sagemaker", ACCOUNT, [arn])
    detail = made["detail"]
    assert detail["ModelPackageArn"] == arn
    assert (detail["ModelPackageGroupName"], detail["ModelPackageVersion"]) == ("app-model", 1)
    assert (detail["ModelPackageStatus"], detail["ModelApprovalStatus"]) == ("Completed", "PendingManualApproval")
    assert detail["ModelMetrics"] == METRICS
    assert detail["CreationTime"].endswith("Z")

    # The same token is no change; the same approval again is one.
    _version(owner, "app-model", ClientToken="t")
    for _ in range(2):
        owner.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        assert queue.next()["body"]["detail"]["ModelApprovalStatus"] == "Approved"
    assert queue.is_empty()


def test_a_group_policy_is_put_read_and_deleted(owner: Any) -> None:
    arn = _group(owner, "policy")
    missing = _error(owner.get_model_package_group_policy, ModelPackageGroupName="policy")
    assert missing == {"Code": "ValidationException", "Message": f"Cannot find resource policy for: {arn}"}

    _share(owner, "policy")
    text = owner.get_model_package_group_policy(ModelPackageGroupName="policy")["ResourcePolicy"]
    assert json.loads(text)["Statement"][0]["Action"] == READS

    owner.delete_model_package_group_policy(ModelPackageGroupName="policy")
    assert _error(owner.get_model_package_group_policy, ModelPackageGroupName="policy") == missing
    malformed = _error(owner.put_model_package_group_policy, ModelPackageGroupName="policy", ResourcePolicy="{}")
    assert malformed["Code"] == "ValidationException"


def test_another_account_reads_a_shared_group_and_writes_nothing(cloud: RunningCloud, owner: Any) -> None:
    arn = _group(owner, "shared", versions=2)
    _share(owner, "shared")
    stranger = _stranger(cloud, "reader")

    assert stranger.describe_model_package_group(ModelPackageGroupName=arn)["ModelPackageGroupName"] == "shared"
    listed = stranger.list_model_packages(ModelPackageGroupName=arn)["ModelPackageSummaryList"]
    package = listed[1]["ModelPackageArn"]
    assert package == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/shared/2"
    assert stranger.describe_model_package(ModelPackageName=package)["ModelPackageVersion"] == 2
    for call, arguments in (
        (stranger.update_model_package, {"ModelPackageArn": package, "ModelApprovalStatus": "Approved"}),
        (stranger.create_model_package, {"ModelPackageGroupName": arn, "InferenceSpecification": SPECIFICATION}),
        (stranger.delete_model_package, {"ModelPackageName": package}),
        (stranger.delete_model_package_group, {"ModelPackageGroupName": arn}),
        (stranger.put_model_package_group_policy, {"ModelPackageGroupName": arn, "ResourcePolicy": "{}"}),
    ):
        error = _error(call, **arguments)
        assert error["Code"] == "AccessDeniedException"
        assert "no resource-based policy allows" in error["Message"]


def test_another_account_registers_versions_where_it_may(cloud: RunningCloud, owner: Any) -> None:
    queue, arn = Queue(cloud, "registered"), _group(owner, "open")
    put_rule(cloud, "registered", {"detail": {"ModelPackageGroupName": ["open"]}}, {"Arn": queue.arn})
    _share(owner, "open", actions=["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"])
    stranger = _stranger(cloud, "writer")

    package = _version(stranger, arn)
    stranger.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")

    assert package == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/open/1"
    assert owner.describe_model_package(ModelPackageName=package)["ModelApprovalStatus"] == "Approved"
    assert {queue.next()["body"]["account"] for _ in range(2)} == {ACCOUNT}


def test_reading_across_accounts_needs_both_policies(cloud: RunningCloud, owner: Any) -> None:
    closed, shared = _group(owner, "closed"), _group(owner, "half")
    _share(owner, "half")
    bare = _stranger(cloud, "bare", actions="s3:GetObject")

    no_group_policy = _error(_stranger(cloud, "reads-all").describe_model_package_group, ModelPackageGroupName=closed)
    no_identity_policy = _error(bare.describe_model_package_group, ModelPackageGroupName=shared)

    assert "no resource-based policy allows" in no_group_policy["Message"]
    assert "no identity-based policy allows" in no_identity_policy["Message"]


def test_a_group_is_shared_with_some_roles_only(cloud: RunningCloud, owner: Any) -> None:
    arn = _group(owner, "some")
    _share(
        owner,
        "some",
        condition={
            "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/deploy-*"},
            "StringEquals": {"aws:PrincipalAccount": OTHER},
        },
    )

    resources = _resources("some")
    deploying = _stranger(cloud, "deploy-app", actions=READS, resources=resources)
    assert deploying.describe_model_package_group(ModelPackageGroupName=arn)["ModelPackageGroupArn"] == arn
    other = _stranger(cloud, "someone", actions=READS, resources=resources)
    assert _error(other.list_model_packages, ModelPackageGroupName=arn)["Code"] == "AccessDeniedException"


def test_a_role_of_the_owner_is_bound_to_its_groups(cloud: RunningCloud, owner: Any) -> None:
    _group(owner, "mine", versions=1)
    _group(owner, "yours", versions=1)
    role = make_role(cloud, "registrar", [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": _resources("mine")}])
    client = as_role(cloud, role, "sagemaker")

    assert _version(client, "mine").endswith("/2")
    assert client.list_model_packages(ModelPackageGroupName="mine")["ModelPackageSummaryList"]
    assert _error(client.list_model_packages, ModelPackageGroupName="yours")["Code"] == "AccessDeniedException"
    yours = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/yours/1"
    denied = _error(client.update_model_package, ModelPackageArn=yours, ModelApprovalStatus="Approved")
    assert denied["Code"] == "AccessDeniedException"
