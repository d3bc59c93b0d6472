"""Everything that is worth telling about one execution, gathered from AWS into plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from perennial.account import registry
from perennial.account.aws import Aws
from perennial.account.execution import Run
from perennial.account.registry import Version

# SageMaker's own limit of a page.
_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Training:
    """A training job.

    Args:
        name: the job's name.
        duration: billed training time.
        metrics: final values by name.
        hyperparameters: as given.
        instance: number and type of machines.
    """

    name: str
    duration: timedelta
    metrics: Mapping[str, float]
    hyperparameters: Mapping[str, str]
    instance: str


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training job of a tuning job.

    Args:
        name: of the training job.
        status: Completed, Failed or Stopped.
        value: of the objective, None when it was not measured.
        hyperparameters: what was tuned, by name.
    """

    name: str
    status: str
    value: float | None
    hyperparameters: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """A tuning job.

    Args:
        name: the job's name.
        metric: objective.
        objective: best value of it.
        best: name of the best trial.
        parents: names of the tuning jobs that it learned from.
        warm_start: TransferLearning or IdenticalDataAndAlgorithm, empty for a cold start.
        trials: in the order they began.
    """

    name: str
    metric: str
    objective: float
    best: str
    parents: tuple[str, ...]
    warm_start: str
    trials: tuple[Trial, ...]


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A retraining run that ended with a version.

    Args:
        run: the execution.
        version: as it was registered, or changed since.
        metric: the gate's metric.
        value: what the candidate reached on the held-out part.
        threshold: what it had to beat.
        reason: what the gate said.
        data: the ETL report.
        evaluation: evaluation.json.
        training: the training job, or the best trial.
        tuning: None without tuning.
    """

    run: Run
    version: Version
    metric: str
    value: float
    threshold: float
    reason: str
    data: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    training: Training
    tuning: Tuning | None = None

    @property
    def model(self) -> str:
        """The model's name."""
        return self.run.subject


def run(aws: Aws, execution_arn: str) -> Run:
    """Gather one execution."""
    execution = aws.execution(execution_arn)
    name, definition = aws.definition(execution_arn)
    return Run(
        execution=execution,
        history=aws.history(execution_arn),
        state_machine=name,
        definition=json.loads(definition),
        output=json.loads(execution.output) if execution.output else {},
    )


def registered(aws: Aws, of: Run) -> Registered:
    """Gather what a successful retraining made."""
    output = of.output
    client = aws.client("sagemaker")
    return Registered(
        run=of,
        version=registry.describe(aws, output["model_package_arn"]),
        metric=output["metric"],
        value=float(output["value"]),
        threshold=float(output["threshold"]),
        reason=output["reason"],
        data=json.loads(aws.read(output["report"])),
        evaluation=json.loads(aws.read(output["evaluation"])),
        training=training(client.describe_training_job(TrainingJobName=output["training_job"])),
        tuning=tuning(aws, output["tuning_job"]) if output["tuning_job"] else None,
    )


def training(job: Mapping[str, Any]) -> Training:
    """Read what DescribeTrainingJob returned."""
    resources = job["ResourceConfig"]
    seconds = job.get("TrainingTimeInSeconds")
    measured = job["TrainingEndTime"] - job["TrainingStartTime"] if seconds is None else timedelta(seconds=seconds)
    return Training(
        name=job["TrainingJobName"],
        duration=measured,
        metrics={metric["MetricName"]: float(metric["Value"]) for metric in job.get("FinalMetricDataList", [])},
        hyperparameters=dict(job.get("HyperParameters", {})),
        instance=f"{resources['InstanceCount']} of {resources['InstanceType']}",
    )


def tuning(aws: Aws, name: str) -> Tuning:
    """Gather a tuning job and its trials."""
    client = aws.client("sagemaker")
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name,
        SortBy="CreationTime",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": _PAGE},
    )
    best = job["BestTrainingJob"]
    warm = job.get("WarmStartConfig", {})
    return Tuning(
        name=name,
        metric=job["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"],
        objective=float(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]),
        best=best["TrainingJobName"],
        parents=tuple(item["HyperParameterTuningJobName"] for item in warm.get("ParentHyperParameterTuningJobs", [])),
        warm_start=warm.get("WarmStartType", ""),
        trials=tuple(_trial(summary) for page in pages for summary in page["TrainingJobSummaries"]),
    )


def _trial(summary: Mapping[str, Any]) -> Trial:
    measured = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
    return Trial(
        name=summary["TrainingJobName"],
        status=summary["TrainingJobStatus"],
        value=float(measured["Value"]) if measured else None,
        hyperparameters=dict(summary.get("TunedHyperParameters", {})),
    )
