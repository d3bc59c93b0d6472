"""Reads a finished training job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retraining.errors import MetricNotFoundError


@dataclass(frozen=True, kw_only=True)
class TrainingResults:
    """What the gate and the registry need of a training job.

    Args:
        metric: name of the gate's metric.
        value: its final value.
        metrics: all final metrics by name.
        model_data_url: S3 URI of model.tar.gz.
    """

    metric: str
    value: float
    metrics: Mapping[str, float]
    model_data_url: str

    def as_dict(self) -> dict[str, Any]:
        """JSON for the state machine."""
        return {
            "metric": self.metric,
            "value": self.value,
            "metrics": dict(self.metrics),
            "model_data_url": self.model_data_url,
        }


def read(job: Mapping[str, Any], *, metric: str) -> TrainingResults:
    """Take the results out of a DescribeTrainingJob response.

    Raises:
        MetricNotFoundError: the job reported no such metric.
    """
    metrics = {item["MetricName"]: float(item["Value"]) for item in job.get("FinalMetricDataList", [])}
    if metric not in metrics:
        raise MetricNotFoundError(
            f"training job {job['TrainingJobName']} has no metric {metric!r}, it reported {sorted(metrics)}; "
            "name one of them in the model's gate or add it to the hyperparameter eval_metric"
        )
    return TrainingResults(
        metric=metric,
        value=metrics[metric],
        metrics=metrics,
        model_data_url=job["ModelArtifacts"]["S3ModelArtifacts"],
    )
