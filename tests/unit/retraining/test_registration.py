"""The registry entry against SageMaker's model, and the policy that lets other accounts read."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from retraining.logic import registration

GROUP_ARN = "arn:aws:sagemaker:us-east-1:111111111111:model-package-group/perennial-m"
PACKAGE_ARN = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/*"
QA = "arn:aws:iam::222222222222:role/perennial-deployment"
PROD = "arn:aws:iam::333333333333:role/perennial-deployment"


def _request(*, approved: bool = False, description: str = "auc is 0.9") -> dict[str, Any]:
    return registration.request(
        group="perennial-m",
        run_id="20260301123456-0123ab",
        approved=approved,
        image="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
        environment={},
        content_type="text/csv",
        accept="text/csv",
        model_data_url="s3://b/models/m/j/output/model.tar.gz",
        evaluation="s3://b/evaluations/m/r/evaluation.json",
        description=description,
        metadata={"digest": "d" * 64},
    )


@pytest.mark.parametrize(("approved", "status"), [(True, "Approved"), (False, "PendingManualApproval")])
def test_the_request_is_what_the_service_takes(approved: bool, status: str) -> None:
    request = _request(approved=approved)
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.operation_model("CreateModelPackage").input_shape
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert request["ModelApprovalStatus"] == status
    assert status in shape.members["ModelApprovalStatus"].enum
    assert len(request["ClientToken"]) <= shape.members["ClientToken"].metadata["max"]


def test_a_long_description_is_cut_to_what_the_service_takes() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
    assert len(_request(description="x" * 5000)["ModelPackageDescription"]) == 1024


def test_nobody_else_reads_without_readers() -> None:
    assert registration.group_policy(group_arn=GROUP_ARN, package_arn=PACKAGE_ARN, readers=[]) is None


def test_the_policy_lets_the_readers_roles_read_one_group_and_nothing_else() -> None:
    text = registration.group_policy(group_arn=GROUP_ARN, package_arn=PACKAGE_ARN, readers=[PROD, QA])
    assert text is not None
    (statement,) = json.loads(text)["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]}
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [QA, PROD]}}
    assert statement["Resource"] == [GROUP_ARN, PACKAGE_ARN]
    assert {action.removeprefix("sagemaker:") for action in statement["Action"]} == {
        "DescribeModelPackageGroup",
        "DescribeModelPackage",
        "ListModelPackages",
    }


def test_two_roles_of_an_account_are_one_principal() -> None:
    text = registration.group_policy(group_arn=GROUP_ARN, package_arn=PACKAGE_ARN, readers=[QA, f"{QA}-2"])
    assert text is not None
    assert json.loads(text)["Statement"][0]["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}


def test_the_partition_is_the_registrys() -> None:
    text = registration.group_policy(
        group_arn=GROUP_ARN.replace("arn:aws:", "arn:aws-cn:"), package_arn=PACKAGE_ARN, readers=[QA]
    )
    assert text is not None
    assert json.loads(text)["Statement"][0]["Principal"] == {"AWS": ["arn:aws-cn:iam::222222222222:root"]}


def test_the_policy_is_short_enough_for_the_service() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html: at most 20,480.
    text = registration.group_policy(group_arn=GROUP_ARN, package_arn=PACKAGE_ARN, readers=[QA, PROD])
    assert text is not None
    assert len(text) < 20_480


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0.25", "0.25"),
        ('[{"label": "positiv", "score": 0.9}]', "label : positiv score : 0.9"),
        ('"Größe"', "Größe"),
        ('""', "none"),
        ("x" * 300, "x" * 256),
    ],
)
def test_an_answer_becomes_what_a_property_may_be(text: str, kept: str) -> None:
    assert registration.as_property(text) == kept
