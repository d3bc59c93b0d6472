"""State ``Query Training Results``: metrics and artifact of the training job, or of the best trial of a tuning job."""

from contract.calls.query_training_results import QueryTrainingResults, TrainingResults, TuningJob
from contract.history import Kind
from contract.settings import QueryTrainingResults as Settings
from retraining.adapters import sagemaker
from retraining.logic import training_results
from shared import decisions, entry
from shared.adapters import clients, tables
from shared.adapters.clients import Clients


@entry.point(QueryTrainingResults)
def lambda_handler(asked: QueryTrainingResults) -> TrainingResults:
    """What was trained; a tuning job is appended to the tuning history."""
    aws = clients.here()
    if isinstance(asked.job, TuningJob):
        results = _tuned(aws, asked, asked.job)
    else:
        results = training_results.of_job(sagemaker.describe_training_job(aws.sagemaker, asked.job.training_job))
    decisions.log("results found", training_job=results.training_job, metrics=results.metrics)
    return results


def _tuned(aws: Clients, asked: QueryTrainingResults, job: TuningJob) -> TrainingResults:
    found = training_results.tuning(sagemaker.describe_tuning_job(aws.sagemaker, job.job))
    tables.append(
        aws.dynamodb,
        Settings.from_env().history_table,
        kind=Kind.TUNING,
        subject=asked.model,
        moment=asked.run_id,
        values=training_results.tuning_row(job, found, recorded_at=asked.recorded_at),
    )
    best = sagemaker.describe_training_job(aws.sagemaker, found.best_training_job)
    return training_results.of_best_trial(best, job=job, found=found)
