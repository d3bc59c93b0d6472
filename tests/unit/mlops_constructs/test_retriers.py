"""The workflows' Retry waits for every error that passes by itself, under the name that AWS gives it.

The local cloud's own tests hold it to the same names.
"""

import pytest

from mlops_constructs.states import asl

# What a throttled call, a 500, a 503 and a broken connection are called, a service and style of integration each.
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
PASSING = [
    ("dynamodb", "DynamoDB.ProvisionedThroughputExceededException", "DynamoDB.InternalServerErrorException", "DynamoDB.AmazonDynamoDBException", "DynamoDB.SdkClientException"),
    ("glue", "Glue.ThrottlingException", "Glue.InternalServiceException", "Glue.AWSGlueException", "Glue.SdkClientException"),
    ("lambda", "Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"),
    ("s3", "S3.S3Exception", "S3.SdkClientException"),
    ("sagemaker", "SageMaker.AmazonSageMakerException", "SageMaker.SageMakerException", "SageMaker.SdkClientException"),
    ("sfn", "Sfn.SfnException", "Sfn.SdkClientException"),
    ("sns", "SNS.ThrottledException", "SNS.InternalErrorException", "SNS.AmazonSNSException", "SNS.SdkClientException"),
    ("cloudwatchlogs", "CloudWatchLogs.ThrottlingException", "CloudWatchLogs.ServiceUnavailableException", "CloudWatchLogs.CloudWatchLogsException", "CloudWatchLogs.SdkClientException"),
    ("states", "StepFunctions.AWSStepFunctionsException", "StepFunctions.SdkClientException"),
    ("applicationautoscaling", "ApplicationAutoScaling.ApplicationAutoScalingException", "ApplicationAutoScaling.InternalServiceException", "ApplicationAutoScaling.SdkClientException"),
]  # fmt: skip
# Quotas that the other runs of a fleet use up.
QUOTAS = [
    ("dynamodb", "DynamoDB.RequestLimitExceededException"),
    ("glue", "Glue.ConcurrentRunsExceededException"),
    ("lambda", "Lambda.TooManyRequestsException"),
    ("sagemaker", "SageMaker.ResourceLimitExceededException"),
]


@pytest.mark.parametrize(("service", "errors"), [(service, errors) for service, *errors in [*PASSING, *QUOTAS]])
def test_it_waits_for_what_passes_by_itself(service: str, errors: list[str]) -> None:
    waited_for = {error for retrier in asl.retriers(service) for error in retrier["ErrorEquals"]}

    assert set(errors) <= waited_for
