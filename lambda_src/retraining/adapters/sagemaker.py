"""SageMaker jobs."""

from typing import Any


def describe_training_job(client: Any, name: str) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return dict(client.describe_training_job(TrainingJobName=name))


def describe_tuning_job(client: Any, name: str) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    return dict(client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))
