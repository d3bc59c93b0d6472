from typing import Any

import pytest

from retraining.errors import MetricNotFoundError
from retraining.logic import training_results

# The shape of DescribeTrainingJob:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
JOB: dict[str, Any] = {
    "TrainingJobName": "perennial-flight-delay-1",
    "TrainingJobStatus": "Completed",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/models/flight-delay/job/output/model.tar.gz"},
    "FinalMetricDataList": [
        {"MetricName": "train:accuracy", "Value": 0.97, "Timestamp": 0},
        {"MetricName": "validation:accuracy", "Value": 0.91, "Timestamp": 0},
    ],
}


def test_the_gate_metric_all_metrics_and_the_artifact_are_read() -> None:
    assert training_results.read(JOB, metric="validation:accuracy").as_dict() == {
        "metric": "validation:accuracy",
        "value": 0.91,
        "metrics": {"train:accuracy": 0.97, "validation:accuracy": 0.91},
        "model_data_url": "s3://bucket/models/flight-delay/job/output/model.tar.gz",
    }


def test_train_and_validation_are_not_mixed_up() -> None:
    assert training_results.read(JOB, metric="train:accuracy").value == 0.97


@pytest.mark.parametrize("missing", ["accuracy", "validation:auc", "VALIDATION:ACCURACY"])
def test_a_metric_that_was_not_reported_names_job_and_reported_metrics(missing: str) -> None:
    with pytest.raises(MetricNotFoundError) as raised:
        training_results.read(JOB, metric=missing)
    message = str(raised.value)
    assert repr(missing) in message
    assert "perennial-flight-delay-1" in message
    assert "['train:accuracy', 'validation:accuracy']" in message


@pytest.mark.parametrize("job", [{**JOB, "FinalMetricDataList": []}, {"TrainingJobName": "j"}])
def test_a_job_without_any_metric_is_no_zero(job: dict[str, Any]) -> None:
    with pytest.raises(MetricNotFoundError, match=r"it reported \[\]"):
        training_results.read(job, metric="validation:accuracy")


def test_a_metric_that_is_zero_is_a_value() -> None:
    job = {**JOB, "FinalMetricDataList": [{"MetricName": "validation:error", "Value": 0}]}
    assert training_results.read(job, metric="validation:error").value == 0.0
