"""Names and spellings of SDK integrations.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html lists the exception prefix of
every service.
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from local_cloud.services.step_functions import service_model
from local_cloud.services.step_functions.service_model import UnsupportedParameterError


@pytest.mark.parametrize(
    ("service", "client", "prefix"),
    [
        ("applicationautoscaling", "application-autoscaling", "ApplicationAutoScaling"),
        ("cloudwatch", "cloudwatch", "CloudWatch"),
        ("cloudwatchlogs", "logs", "CloudWatchLogs"),
        ("dynamodb", "dynamodb", "DynamoDb"),
        ("ecr", "ecr", "Ecr"),
        ("eventbridge", "events", "EventBridge"),
        ("glue", "glue", "Glue"),
        ("iam", "iam", "Iam"),
        ("kms", "kms", "Kms"),
        ("lambda", "lambda", "Lambda"),
        ("s3", "s3", "S3"),
        ("sagemaker", "sagemaker", "SageMaker"),
        ("sagemakerruntime", "sagemaker-runtime", "SageMakerRuntime"),
        ("secretsmanager", "secretsmanager", "SecretsManager"),
        ("sfn", "stepfunctions", "Sfn"),
        ("sns", "sns", "Sns"),
        ("sqs", "sqs", "Sqs"),
        ("ssm", "ssm", "Ssm"),
        ("sts", "sts", "Sts"),
    ],
)
def test_service(service: str, client: str, prefix: str) -> None:
    assert service_model.client_name(service) == client
    assert service_model.error_prefix(service) == prefix


def test_arguments_are_spelled_as_the_api_spells_them() -> None:
    shape = service_model.operation("sfn", "start_execution").input_shape
    assert shape is not None
    given = {"StateMachineArn": "arn", "Input": {"a": 1}, "Name": None}
    assert service_model.request(given, shape) == {"stateMachineArn": "arn", "input": '{"a":1}'}


def test_an_unknown_argument_is_refused_at_any_depth() -> None:
    shape = service_model.operation("sagemaker", "create_training_job").input_shape
    assert shape is not None
    with pytest.raises(UnsupportedParameterError, match="InstanceKind"):
        service_model.request({"ResourceConfig": {"InstanceKind": "ml.m5.large"}}, shape)


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(UnsupportedParameterError, match="start_everything"):
        service_model.operation("sfn", "start_everything")


def test_results_are_spelled_in_pascal_case_and_times_are_plain() -> None:
    shape = service_model.operation("sfn", "start_execution").output_shape
    assert shape is not None
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    # The client's times are local ones.
    given = {"executionArn": "arn", "startDate": moment.astimezone(timezone(timedelta(hours=2)))}
    text = service_model.response(given, shape, milliseconds=False)
    assert text == {"ExecutionArn": "arn", "StartDate": "2026-01-02T03:04:05.678Z"}
    # date -u -d 2026-01-02T03:04:05 +%s
    assert service_model.response(given, shape, milliseconds=True)["StartDate"] == 1767323045678
