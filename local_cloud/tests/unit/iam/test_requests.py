"""What calls need, after https://docs.aws.amazon.com/service-authorization/latest/reference/."""

from typing import Any

import pytest

from local_cloud.services.iam.pass_role import passed_roles
from local_cloud.services.iam.requests import Request, permissions_of

OWN, FOREIGN = "111111111111", "222222222222"


def _request(service: str, operation: str, parameters: dict[str, Any]) -> Request:
    return Request(service=service, operation=operation, account_id=OWN, region="us-east-1", parameters=parameters)


def _arn(service: str, resource: str, account: str = OWN) -> str:
    return f"arn:aws:{service}:us-east-1:{account}:{resource}"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("events", "PutEvents", {"Entries": [{"Source": "s"}]}, ["event-bus/default"]),
        ("events", "PutRule", {"Name": "r"}, ["rule/r"]),
        ("events", "PutRule", {"Name": "r", "EventBusName": "b"}, ["rule/b/r"]),
        ("events", "PutTargets", {"Rule": "r"}, ["rule/r"]),
        ("events", "PutPermission", {"Policy": "{}"}, ["event-bus/default"]),
        ("events", "DescribeEventBus", {"Name": "b"}, ["event-bus/b"]),
        ("sagemaker", "CreateModelPackageGroup", {"ModelPackageGroupName": "g"}, ["model-package-group/g"]),
        ("sagemaker", "ListModelPackages", {"ModelPackageGroupName": "g"}, ["model-package-group/g", "model-package/g/*"]),
        ("sagemaker", "CreateModelPackage", {"ModelPackageGroupName": "g"}, ["model-package-group/g", "model-package/g/*"]),
        ("sagemaker", "CreateHyperParameterTuningJob", {"HyperParameterTuningJobName": "t"}, ["hyper-parameter-tuning-job/t"]),
        ("sagemaker", "ListTrainingJobsForHyperParameterTuningJob", {"HyperParameterTuningJobName": "t"}, ["hyper-parameter-tuning-job/t"]),
        ("sagemaker", "StopProcessingJob", {"ProcessingJobName": "p"}, ["processing-job/p"]),
        ("codebuild", "CreateProject", {"name": "p"}, ["project/p"]),
        ("codebuild", "BatchGetProjects", {"names": ["p", "q"]}, ["project/p", "project/q"]),
        ("codebuild", "StartBuild", {"projectName": "p"}, ["project/p"]),
        ("codebuild", "StopBuild", {"id": "p:uuid"}, ["project/p"]),
        ("codebuild", "BatchGetBuilds", {"ids": ["p:uuid", "arn:aws:codebuild:r:1:build/q:id"]}, ["project/p", "project/q"]),
        ("codepipeline", "CreatePipeline", {"pipeline": {"name": "p"}}, ["p"]),
        ("codepipeline", "DeletePipeline", {"name": "p"}, ["p"]),
        ("codepipeline", "GetPipelineState", {"name": "p"}, ["p"]),
        ("codepipeline", "StopPipelineExecution", {"pipelineName": "p", "pipelineExecutionId": "e"}, ["p"]),
        ("codepipeline", "RetryStageExecution", {"pipelineName": "p", "stageName": "s"}, ["p/s"]),
        ("codepipeline", "DisableStageTransition", {"pipelineName": "p", "stageName": "s"}, ["p/s"]),
        ("codepipeline", "PutApprovalResult", {"pipelineName": "p", "stageName": "s", "actionName": "a"}, ["p/s/a"]),
        ("states", "StartExecution", {"stateMachineArn": _arn("states", "stateMachine:m")}, ["stateMachine:m"]),
        ("lambda", "GetFunction", {"FunctionName": "f"}, ["function:f"]),
        ("lambda", "GetFunction", {"FunctionName": "f", "Qualifier": "live"}, ["function:f:live"]),
        ("lambda", "GetFunction", {"FunctionName": "f:1"}, ["function:f:1"]),
        ("lambda", "GetFunction", {"FunctionName": f"{OWN}:function:f"}, ["function:f"]),
        ("lambda", "GetFunction", {"FunctionName": _arn("lambda", "function:f:$LATEST")}, ["function:f"]),
        ("dynamodb", "DescribeKinesisStreamingDestination", {"TableName": "t"}, ["table/t"]),
        ("states", "ListStateMachineVersions", {"stateMachineArn": _arn("states", "stateMachine:m")}, ["stateMachine:m"]),
        ("application-autoscaling", "ListTagsForResource", {"ResourceARN": _arn("application-autoscaling", "scalable-target/t")}, ["scalable-target/t"]),
        ("ecr", "DescribeRepositories", {"repositoryNames": ["r", "s"]}, ["repository/r", "repository/s"]),
        ("ecr", "DescribeRepositories", {}, ["repository/*"]),
        ("ecr", "PutImage", {"repositoryName": "r"}, ["repository/r"]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, ["table/t/index/i"]),
        ("dynamodb", "BatchWriteItem", {"RequestItems": {"t": [], "u": []}}, ["table/t", "table/u"]),
    ],
)  # fmt: skip
def test_exact_resources(service: str, operation: str, parameters: dict[str, Any], expected: list[str]) -> None:
    needed = permissions_of(_request(service, operation, parameters))

    assert needed == [(f"{service}:{operation}", _arn(service, resource)) for resource in expected]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html: it has no resource.
        ("lambda", "ListEventSourceMappings", {"FunctionName": "f"}),
        ("states", "ValidateStateMachineDefinition", {"definition": "{}"}),
    ],
)
def test_what_has_no_resource_needs_all(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert permissions_of(_request(service, operation, parameters)) == [(f"{service}:{operation}", "*")]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("events", "PutEvents", {"Entries": [{"EventBusName": _arn("events", "event-bus/b", FOREIGN)}]}, ["event-bus/b"]),
        ("sagemaker", "UpdateModelPackage", {"ModelPackageArn": _arn("sagemaker", "model-package/g/1", FOREIGN)}, ["model-package/g/1"]),
        ("sagemaker", "ListModelPackages", {"ModelPackageGroupName": _arn("sagemaker", "model-package-group/g", FOREIGN)}, ["model-package-group/g", "model-package/g/*"]),
        ("sqs", "SendMessage", {"QueueUrl": f"http://127.0.0.1:1/{FOREIGN}/q"}, ["q"]),
    ],
)  # fmt: skip
def test_resources_of_the_account_that_owns_them(
    service: str, operation: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    needed = permissions_of(_request(service, operation, parameters))

    assert [arn for _, arn in needed] == [_arn(service, resource, FOREIGN) for resource in expected]


@pytest.mark.parametrize(("tags", "more"), [([], []), ([{"Key": "a", "Value": "b"}], ["cloudwatch:TagResource"])])
def test_to_tag_an_alarm_while_it_is_made_takes_a_permission_of_its_own(
    tags: list[dict[str, str]], more: list[str]
) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    needed = permissions_of(_request("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "Tags": tags}))
    assert needed == [(action, _arn("cloudwatch", "alarm:a")) for action in ("cloudwatch:PutMetricAlarm", *more)]


def test_a_transaction_needs_what_its_operations_need() -> None:
    items = [
        {"Put": {"TableName": "t", "Item": {}}},
        {"Update": {"TableName": "t", "Key": {}}},
        {"ConditionCheck": {"TableName": "u", "Key": {}}},
    ]

    needed = permissions_of(_request("dynamodb", "TransactWriteItems", {"TransactItems": items}))

    assert needed == [
        ("dynamodb:PutItem", _arn("dynamodb", "table/t")),
        ("dynamodb:UpdateItem", _arn("dynamodb", "table/t")),
        ("dynamodb:ConditionCheckItem", _arn("dynamodb", "table/u")),
    ]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("SendMessageBatch", "sqs:SendMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
        ("PublishBatch", "sns:Publish"),
    ],
)
def test_a_batch_needs_what_each_of_it_needs(operation: str, action: str) -> None:
    service = action.partition(":")[0]

    assert [found for found, _ in permissions_of(_request(service, operation, {}))] == [action]


def test_every_role_of_a_call_is_passed() -> None:
    targets = [{"RoleArn": "arn:aws:iam::1:role/a"}, {"Arn": "x"}, {"RoleArn": "arn:aws:iam::1:role/b"}]

    rule = passed_roles(_request("events", "PutTargets", {"Rule": "r", "Targets": targets}))
    tuning = passed_roles(
        _request("sagemaker", "CreateHyperParameterTuningJob", {"TrainingJobDefinition": {"RoleArn": "arn:aws:iam::1:role/c"}})
    )  # fmt: skip

    assert [(item.role_arn[-1], item.service) for item in rule] == [
        ("a", "events.amazonaws.com"),
        ("b", "events.amazonaws.com"),
    ]
    assert [(item.role_arn[-1], item.service) for item in tuning] == [("c", "sagemaker.amazonaws.com")]
