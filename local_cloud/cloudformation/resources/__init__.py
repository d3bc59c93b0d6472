"""Handlers of the resource types, one file a service; importing this package registers all of them."""

from local_cloud.cloudformation.resources import (
    cdk,
    cloudwatch,
    dynamodb,
    ecr,
    glue,
    iam,
    kms,
    lambda_,
    logs,
    s3,
    sagemaker,
    scheduler,
    sns,
    sqs,
    ssm,
    states,
)

__all__ = [
    "cdk",
    "cloudwatch",
    "dynamodb",
    "ecr",
    "glue",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "s3",
    "sagemaker",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "states",
]
