"""What is read from finished training and tuning jobs."""

from typing import Any

import pytest

from retraining.errors import NoBestTrainingJobError
from retraining.logic import training_results
from retraining.logic.training_results import TuningResults

# The shape of DescribeTrainingJob:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
JOB: dict[str, Any] = {
    "TrainingJobName": "perennial-flight-delay-1",
    "TrainingJobStatus": "Completed",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/models/flight-delay/job/output/model.tar.gz"},
    "FinalMetricDataList": [
        {"MetricName": "train:accuracy", "Value": 0.97, "Timestamp": 0},
        {"MetricName": "validation:accuracy", "Value": 0, "Timestamp": 0},
    ],
}
# The shape of DescribeHyperParameterTuningJob:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeHyperParameterTuningJob.html
TUNING: dict[str, Any] = {
    "HyperParameterTuningJobName": "t-0123",
    "HyperParameterTuningJobStatus": "Completed",
    "ObjectiveStatusCounters": {"Succeeded": 5, "Pending": 0, "Failed": 1},
    "TrainingJobStatusCounters": {
        "Completed": 5,
        "InProgress": 0,
        "RetryableError": 2,
        "NonRetryableError": 1,
        "Stopped": 1,
    },
    "BestTrainingJob": {
        "TrainingJobName": "t-0123-004-abc",
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "validation:auc", "Value": 0.875},
    },
}


def test_all_metrics_and_the_artifact_are_read() -> None:
    assert training_results.metrics(JOB) == {"train:accuracy": 0.97, "validation:accuracy": 0.0}
    assert training_results.model_data_url(JOB) == "s3://bucket/models/flight-delay/job/output/model.tar.gz"


def test_a_job_without_metrics_has_none() -> None:
    assert training_results.metrics({"TrainingJobName": "j"}) == {}


def test_the_best_trial_is_read_those_that_reported_and_all_that_were_launched() -> None:
    assert training_results.tuning(TUNING) == TuningResults(
        best_training_job="t-0123-004-abc", objective=0.875, trial_count=5, launched=9
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BestTrainingJob": {"TrainingJobName": "x"}}, "no trial reported the objective metric"),
        ({"BestTrainingJob": {}, "FailureReason": "all training jobs failed"}, "all training jobs failed"),
    ],
)
def test_a_tuning_job_without_a_best_trial_says_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(NoBestTrainingJobError, match=said) as raised:
        training_results.tuning({**TUNING, **changes})
    assert "t-0123" in str(raised.value)
