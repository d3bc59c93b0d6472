"""Handlers of the resource types, one file a service; importing this package registers all of them."""

from local_cloud.cloudformation.resources import (
    cdk,
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
    secretsmanager,
    sns,
    sqs,
    ssm,
    states,
)

__all__ = [
    "cdk",
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
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
]
