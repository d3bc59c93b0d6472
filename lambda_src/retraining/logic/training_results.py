"""Reads finished training and tuning jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract.calls.query_training_results import TrainingResults, TuningJob
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


def of_job(job: Mapping[str, Any]) -> TrainingResults:
    """What a DescribeTrainingJob response says."""
    return TrainingResults(
        training_job=job["TrainingJobName"], model_data_url=model_data_url(job), metrics=metrics(job)
    )


def of_best_trial(trial: Mapping[str, Any], *, job: TuningJob, found: TuningResults) -> TrainingResults:
    """What a DescribeTrainingJob response says of the best trial of a tuning job.

    Args:
        trial: the response.
        job: the tuning job.
        found: what it found.
    """
    return replace(
        of_job(trial),
        tuning_job=job.job,
        objective_metric=job.space.metric,
        objective=found.objective,
        trial_count=found.trial_count,
    )


def tuning_row(job: TuningJob, found: TuningResults, *, recorded_at: str) -> dict[str, Any]:
    """Columns of the tuning history.

    Args:
        job: the tuning job.
        found: what it found.
        recorded_at: time of the row.
    """
    return {
        "recorded_at": recorded_at,
        "tuning_job": job.job,
        "metric": job.space.metric,
        "objective": found.objective,
        "trial_count": found.trial_count,
        "launched": found.launched,
        "best_training_job": found.best_training_job,
        "space": job.space.as_dict(),
        "warm_start": job.warm_start.to_json(),
        "fingerprint": job.fingerprint,
        "test_run": job.test_run,
    }
