"""Reads finished training and tuning jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retraining.errors import NoBestTrainingJobError


@dataclass(frozen=True, kw_only=True)
class TuningResults:
    """What a tuning job found.

    Args:
        best_training_job: name of the best trial.
        objective: its value of the objective metric.
        trial_count: trials that reported a value.
        launched: all its training jobs, however they ended; those are what AWS counts for a warm start.
    """

    best_training_job: str
    objective: float
    trial_count: int
    launched: int


def metrics(job: Mapping[str, Any]) -> dict[str, float]:
    """Final metrics of a DescribeTrainingJob response by name."""
    return {item["MetricName"]: float(item["Value"]) for item in job.get("FinalMetricDataList", [])}


def model_data_url(job: Mapping[str, Any]) -> str:
    """S3 URI of the model.tar.gz of a DescribeTrainingJob response."""
    return str(job["ModelArtifacts"]["S3ModelArtifacts"])


def tuning(job: Mapping[str, Any]) -> TuningResults:
    """Take the best trial out of a DescribeHyperParameterTuningJob response.

    Raises:
        NoBestTrainingJobError: no trial reported the objective metric.
    """
    best = job.get("BestTrainingJob", {})
    objective = best.get("FinalHyperParameterTuningJobObjectiveMetric")
    if objective is None:
        raise NoBestTrainingJobError(
            f"tuning job {job['HyperParameterTuningJobName']} has no best training job: "
            f"{job.get('FailureReason', 'no trial reported the objective metric')}"
        )
    return TuningResults(
        best_training_job=best["TrainingJobName"],
        objective=float(objective["Value"]),
        trial_count=int(job["ObjectiveStatusCounters"]["Succeeded"]),
        launched=sum(job["TrainingJobStatusCounters"].values()),
    )
