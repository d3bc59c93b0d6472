"""State ``Query Training Results``: metrics and artifact of the training job, or of the best trial of a tuning job."""

from collections.abc import Mapping
from typing import Any

from contract.history import Kind
from retraining.adapters import sagemaker
from retraining.logic import training_results
from shared import events, settings
from shared.adapters import tables


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, run_id, recorded_at and job.

    A job is a training_job, or a tuning with job, warm_start, space, fingerprint and test_run.

    Result: training_job, model_data_url, metrics; of a tuning job also tuning_job, objective_metric, objective,
    trial_count.
    """
    job = events.mapping(event, "job")
    if "tuning" not in job:
        return _results(events.text(job, "training_job"))
    tuning = events.mapping(job, "tuning")
    name = events.text(tuning, "job")
    found = training_results.tuning(sagemaker.describe_tuning_job(name))
    _record(event, tuning, found)
    return {
        **_results(found.best_training_job),
        "tuning_job": name,
        "objective_metric": tuning["space"]["metric"],
        "objective": found.objective,
        "trial_count": found.trial_count,
    }


def _results(training_job: str) -> dict[str, Any]:
    job = sagemaker.describe_training_job(training_job)
    return {
        "training_job": training_job,
        "model_data_url": training_results.model_data_url(job),
        "metrics": training_results.metrics(job),
    }


def _record(event: Mapping[str, Any], tuning: Mapping[str, Any], found: training_results.TuningResults) -> None:
    tables.append(
        settings.text("HISTORY_TABLE"),
        kind=Kind.TUNING,
        subject=events.text(event, "model"),
        moment=events.text(event, "run_id"),
        values={
            "recorded_at": events.text(event, "recorded_at"),
            "tuning_job": tuning["job"],
            "metric": tuning["space"]["metric"],
            "objective": found.objective,
            "trial_count": found.trial_count,
            "launched": found.launched,
            "best_training_job": found.best_training_job,
            "space": tuning["space"],
            "warm_start": tuning["warm_start"],
            "fingerprint": tuning["fingerprint"],
            "test_run": tuning["test_run"],
        },
    )
