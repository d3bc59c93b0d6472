"""SageMaker jobs."""

from typing import Any

import boto3


def describe_training_job(name: str) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return dict(boto3.client("sagemaker").describe_training_job(TrainingJobName=name))


def describe_tuning_job(name: str) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    return dict(boto3.client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))
