"""What is asked of SageMaker, and how its job is watched."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from perennial.account.stack import Stack
from perennial.errors import OperatorError
from perennial.screen import waiting
from shared.transforms import Order, request

CSV = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv", "application/json"]}
JSON = {"SupportedContentTypes": ["application/json"], "SupportedResponseMIMETypes": ["application/json"]}
ORDER: dict[str, Any] = {"model": "churn", "source": "s3://b/transforms/in/", "target": "s3://b/transforms/out"}
OUTPUTS = {
    "ArtifactBucketName": "b",
    "EndpointName": "e",
    "DeploymentStateMachineArn": "arn:d",
    "ScheduleGroupName": "app",
    "StateTableName": "s",
    "HistoryTableName": "h",
}


def test_a_job_asks_as_the_version_says() -> None:
    assert request(Order(**ORDER), sagemaker_model="n", specification=CSV) == {
        "ModelName": "n",
        "BatchStrategy": "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/transforms/in/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": "s3://b/transforms/out", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    assert request(Order(**ORDER), sagemaker_model="n", specification=JSON)["BatchStrategy"] == "SingleRecord"


@pytest.mark.parametrize(
    ("given", "data"),
    [
        ({"joins": True}, {"JoinSource": "Input"}),
        (
            {"input_filter": "$[1:]", "output_filter": "$[0,-1]", "joins": True},
            {"InputFilter": "$[1:]", "OutputFilter": "$[0,-1]", "JoinSource": "Input"},
        ),
    ],
)
def test_records_are_filtered_and_joined_on_demand(given: dict[str, Any], data: dict[str, str]) -> None:
    assert request(Order(**ORDER, **given), sagemaker_model="n", specification=CSV)["DataProcessing"] == data


def test_types_and_the_key_can_be_others() -> None:
    order = Order(**ORDER, content_type="application/jsonlines", accept="application/jsonlines")
    asked = request(order, sagemaker_model="n", specification=CSV, key_id="k")
    assert asked["TransformInput"]["ContentType"] == "application/jsonlines"
    assert asked["TransformOutput"]["Accept"] == "application/jsonlines"
    assert asked["TransformOutput"]["KmsKeyId"] == "k"


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({}, "stack PerennialQa only serves"),
        ({"RetrainingStateMachineArn": "arn:r"}, "no output SageMakerRoleArn: it was deployed from an older version"),
    ],
)
def test_a_stack_without_the_jobs_role_is_refused(outputs: dict[str, str], said: str) -> None:
    stack = Stack.from_outputs(OUTPUTS | outputs, stack_name="PerennialQa")
    with pytest.raises(OperatorError, match=said):
        _ = stack.sagemaker_role


def test_the_training_account_says_where_its_jobs_run() -> None:
    outputs = OUTPUTS | {"RetrainingStateMachineArn": "arn:r", "SageMakerRoleArn": "arn:s"}
    assert Stack.from_outputs(outputs, stack_name="s").network is None
    private = outputs | {"SageMakerSubnetIds": "subnet-1,subnet-2", "SageMakerSecurityGroupIds": "sg-1"}
    stack = Stack.from_outputs(private, stack_name="s")
    assert stack.sagemaker_role == "arn:s"
    assert stack.network == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}


def test_each_status_is_told_once_until_the_job_has_ended() -> None:
    states: Iterator[str] = iter(["InProgress", "InProgress", "Failed"])
    shown, pauses = io.StringIO(), list[float]()
    found = waiting.until(
        lambda: {"Status": next(states), "FailureReason": "why"},
        status="Status",
        ended=frozenset({"Failed"}),
        name="job",
        console=Console(file=shown, width=200),
        pause=pauses.append,
    )
    assert found["FailureReason"] == "why"
    assert shown.getvalue().splitlines() == ["job: InProgress", "job: Failed"]
    assert len(pauses) == 2
