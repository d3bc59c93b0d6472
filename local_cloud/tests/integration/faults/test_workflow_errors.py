"""A fault of an API call has the error name in a workflow that AWS gives it."""

from typing import Any

import pytest

from integration.faults.conftest import Add, hits
from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

pytestmark = pytest.mark.security("faults")

KEY = {"pk": {"S": "k"}}
ARN = f"arn:aws:states:us-east-1:{ACCOUNT}"
# A task of each service and style of integration that jobs and functions need: what it calls, and what it says of a
# throttled call, a 500, a 503 and a used-up quota.
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
TASKS: list[tuple[str, str, dict[str, Any], tuple[str, str], tuple[str, str, str, str]]] = [
    ("dynamodb", "dynamodb:getItem", {"TableName": "t", "Key": KEY}, ("dynamodb", "GetItem"),
     ("DynamoDB.ProvisionedThroughputExceededException", "DynamoDB.InternalServerErrorException", "DynamoDB.AmazonDynamoDBException", "DynamoDB.RequestLimitExceededException")),
    ("glue", "glue:startJobRun.sync", {"JobName": "j"}, ("glue", "StartJobRun"),
     ("Glue.ThrottlingException", "Glue.InternalServiceException", "Glue.AWSGlueException", "Glue.ConcurrentRunsExceededException")),
    ("lambda", "lambda:invoke", {"FunctionName": "f", "Payload": {}}, ("lambda", "Invoke"),
     ("Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.TooManyRequestsException")),
    ("s3", "aws-sdk:s3:getObject", {"Bucket": "faults-of-workflows", "Key": "k"}, ("s3", "GetObject"),
     ("S3.S3Exception", "S3.S3Exception", "S3.S3Exception", "")),
    ("sagemaker", "sagemaker:createModel", {"ModelName": "m", "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/model"}, ("sagemaker", "CreateModel"),
     ("SageMaker.AmazonSageMakerException", "SageMaker.AmazonSageMakerException", "SageMaker.AmazonSageMakerException", "SageMaker.ResourceLimitExceededException")),
    ("sagemaker", "aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "e"}, ("sagemaker", "DescribeEndpoint"),
     ("SageMaker.SageMakerException", "SageMaker.SageMakerException", "SageMaker.SageMakerException", "SageMaker.ResourceLimitExceededException")),
    ("sfn", "aws-sdk:sfn:describeExecution", {"ExecutionArn": f"{ARN}:execution:m:e"}, ("stepfunctions", "DescribeExecution"),
     ("Sfn.SfnException", "Sfn.SfnException", "Sfn.SfnException", "")),
    ("sns", "sns:publish", {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "Message": "m"}, ("sns", "Publish"),
     ("SNS.ThrottledException", "SNS.InternalErrorException", "SNS.AmazonSNSException", "")),
    ("cloudwatchlogs", "aws-sdk:cloudwatchlogs:putRetentionPolicy", {"LogGroupName": "g", "RetentionInDays": 180}, ("logs", "PutRetentionPolicy"),
     ("CloudWatchLogs.ThrottlingException", "CloudWatchLogs.CloudWatchLogsException", "CloudWatchLogs.CloudWatchLogsException", "")),
    ("states", "states:startExecution.sync:2", {"StateMachineArn": f"{ARN}:stateMachine:m"}, ("stepfunctions", "StartExecution"),
     ("StepFunctions.AWSStepFunctionsException", "StepFunctions.AWSStepFunctionsException", "StepFunctions.AWSStepFunctionsException", "")),
    ("applicationautoscaling", "aws-sdk:applicationautoscaling:registerScalableTarget", {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}, ("application-autoscaling", "RegisterScalableTarget"),
     ("ApplicationAutoScaling.ApplicationAutoScalingException", "ApplicationAutoScaling.InternalServiceException", "ApplicationAutoScaling.ApplicationAutoScalingException", "")),
]  # fmt: skip


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket="faults-of-workflows")
    cloud.client("s3", ACCOUNT).put_object(Bucket="faults-of-workflows", Key="k", Body=b"")
    make_role(cloud, "model", [], trust={"Service": "sagemaker.amazonaws.com"})
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return make_role(cloud, "workflow-with-faults", everything, trust={"Service": "states.amazonaws.com"})


def errors(cloud: RunningCloud, role: str, name: str) -> list[str]:
    """What each task fails with, in one execution that catches them all."""
    states: machines.States = {}
    for number, (_, resource, arguments, _, _) in enumerate(TASKS):
        following = f"Task {number + 1}" if number + 1 < len(TASKS) else "End"
        states[f"Task {number}"] = {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{resource}",
            "Arguments": arguments,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": following}],
            "Next": following,
        }
    states["End"] = {"Type": "Succeed"}
    execution, events = machines.run(cloud, role, name, states)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    return [event["taskFailedEventDetails"]["error"] for event in events if event["type"] == "TaskFailed"]


@pytest.mark.parametrize(
    ("fault", "position"),
    [({"kind": "throttle"}, 0), ({"kind": "server_error"}, 1), ({"kind": "server_error", "status": 503}, 2)],
)
def test_a_passing_error_has_its_name(
    fault: dict[str, Any], position: int, cloud: RunningCloud, role: str, add: Add
) -> None:
    for _, _, _, (service, operation), _ in TASKS:
        add(**fault, service=service, operation=operation)

    found = errors(cloud, role, f"passing-{position}")

    assert found == [names[position] for *_, names in TASKS]


def test_a_broken_connection_has_its_name(cloud: RunningCloud, role: str, add: Add) -> None:
    for _, _, _, (service, operation), _ in TASKS:
        add("dropped_connection", service=service, operation=operation)

    found = errors(cloud, role, "broken")

    assert len(found) == len(TASKS)
    assert all(error.endswith(".SdkClientException") for error in found)


def test_a_used_up_quota_has_its_name(cloud: RunningCloud, role: str, add: Add) -> None:
    of_interest = [task for task in TASKS if task[4][3] and not task[1].startswith("aws-sdk")]
    for _, _, _, (service, operation), _ in of_interest:
        add("capacity", service=service, operation=operation)

    found = errors(cloud, role, "quota")

    assert {names[3] for *_, names in of_interest} <= set(found)


def test_a_job_goes_on_while_nobody_can_ask_how_it_does(cloud: RunningCloud, role: str, add: Add) -> None:
    inner = machines.create(
        cloud, role, "asked-about", {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "End"}, "End": {"Type": "Succeed"}}
    )
    asking = add("throttle", service="stepfunctions", operation="DescribeExecution", times=1)
    broken = add("dropped_connection", service="stepfunctions", operation="DescribeExecution", times=1)
    nested = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner},
        "End": True,
    }

    execution, _ = machines.run(cloud, role, "asking", {"Nested": nested})

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert (hits(cloud, asking), hits(cloud, broken)) == (1, 1)
