"""State ``Query Training Results``: the metrics and the artifact of a finished training job."""

from typing import Any

from retraining import events
from retraining.adapters import sagemaker
from retraining.logic import training_results


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: training_job_name, metric. Result: metric, value, metrics, model_data_url."""
    job = sagemaker.describe_training_job(events.text(event, "training_job_name"))
    return training_results.read(job, metric=events.text(event, "metric")).as_dict()
