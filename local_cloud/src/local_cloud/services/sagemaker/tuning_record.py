"""A tuning job as it lies in moto's backend, and what is told about it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.sagemaker.models import sagemaker_backends

from local_cloud.containers.sagemaker.hyperparameters import TUNING_OBJECTIVE
from local_cloud.services.sagemaker import training_defaults, tuning_requests
from local_cloud.services.sagemaker.training import TrainingJob

_IDENTICAL = "IdenticalDataAndAlgorithm"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One child.

    Args:
        name: of its training job.
        tuned: the hyperparameters that were searched, as texts.
    """

    name: str
    tuned: dict[str, str]


@dataclass(kw_only=True)
class TuningRecord:
    """One job.

    Args:
        arn: its ARN.
        request: CreateHyperParameterTuningJob's input.
        account_id: whose it is.
        region: where it runs.
        tags: its tags, where moto looks for them.
        status: HyperParameterTuningJobStatus.
        created: when it was asked for.
        modified: last change of its status.
        ended: when it was over.
        failure_reason: why it failed.
        trials: its children, oldest first.
    """

    arn: str
    request: dict[str, Any]
    account_id: str
    region: str
    tags: list[dict[str, str]]
    status: str = "InProgress"
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    ended: datetime | None = None
    failure_reason: str | None = None
    trials: list[Trial] = field(default_factory=list)

    @property
    def name(self) -> str:
        """HyperParameterTuningJobName."""
        return str(self.request["HyperParameterTuningJobName"])

    @property
    def config(self) -> dict[str, Any]:
        """HyperParameterTuningJobConfig."""
        return dict(self.request["HyperParameterTuningJobConfig"])

    @property
    def objective(self) -> dict[str, str]:
        """HyperParameterTuningJobObjective."""
        return dict(self.config["HyperParameterTuningJobObjective"])

    @property
    def maximises(self) -> bool:
        """Whether a greater objective is better."""
        return self.objective["Type"] == "Maximize"

    @property
    def backend(self) -> Any:
        """Moto's, which holds the children."""
        return sagemaker_backends[self.account_id][self.region]

    def enter(self, status: str) -> None:
        """Change the status."""
        self.modified, self.status = utcnow(), status

    def end(self, status: str, reason: str | None = None) -> None:
        """Change the status to a final one."""
        self.failure_reason, self.ended = reason, utcnow()
        self.enter(status)

    def value_of(self, trial: Trial) -> float | None:
        """A trial's objective; None while it runs, and for good when it did not reach its end."""
        child = self.backend.training_jobs[trial.name]
        if child.training_job_status != "Completed" and child.secondary_status != "MaxRuntimeExceeded":
            return None
        values = {item["MetricName"]: item["Value"] for item in child.final_metric_data_list}
        value = values.get(self.objective["MetricName"])
        return None if value is None else float(value)

    def best(self) -> dict[str, Any] | None:
        """Summary of the best trial, None as long as none has an objective."""
        found = [(value, trial) for trial in self.trials if (value := self.value_of(trial)) is not None]
        if not found:
            return None
        return self.trial_summary((max if self.maximises else min)(found, key=lambda item: item[0])[1])

    def trial_summary(self, trial: Trial) -> dict[str, Any]:
        """HyperParameterTrainingJobSummary of a child."""
        child, value = TrainingJob(self.backend.training_jobs[trial.name]), self.value_of(trial)
        told = child.summary() | {"TunedHyperParameters": trial.tuned}
        if value is None:
            return told | {"ObjectiveStatus": "Pending" if child.is_under_way else "Failed"}
        objective = self.objective | {"Value": value}
        return told | {"FinalHyperParameterTuningJobObjectiveMetric": objective, "ObjectiveStatus": "Succeeded"}

    def describe(self) -> dict[str, Any]:
        """DescribeHyperParameterTuningJob's answer."""
        children = [self.trial_summary(trial) for trial in self.trials]
        own = {
            "HyperParameterTuningJobArn": self.arn,
            "HyperParameterTuningJobStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "HyperParameterTuningEndTime": self.ended,
            "TrainingJobStatusCounters": _status_counters(children),
            "ObjectiveStatusCounters": {
                status: sum(child["ObjectiveStatus"] == status for child in children)
                for status in ("Succeeded", "Pending", "Failed")
            },
            "BestTrainingJob": self.best(),
            "OverallBestTrainingJob": self._overall_best(),
            "FailureReason": self.failure_reason,
            "ConsumedResources": {
                "RuntimeInSeconds": int((self.ended or utcnow()).timestamp() - self.created.timestamp())
            },
        }
        told = {key: value for key, value in self.request.items() if key != "Tags"}
        # SageMaker adds the objective and the metrics, and clients count on it: the SDK's HyperparameterTuner.attach
        # deletes the one. Terraform's provider says the same: https://github.com/hashicorp/terraform-provider-aws
        # It reads ResourceConfig too, although the SDK sends the other member; nobody could compare that with AWS.
        definition = self.request["TrainingJobDefinition"]
        told["TrainingJobDefinition"] = {
            **definition,
            "ResourceConfig": tuning_requests.resources(definition),
            "AlgorithmSpecification": training_defaults.with_metrics(
                definition["AlgorithmSpecification"], objective=self.objective["MetricName"]
            ),
            "StaticHyperParameters": {
                TUNING_OBJECTIVE: self.objective["MetricName"],
                **(definition.get("StaticHyperParameters") or {}),
            },
        }
        return {key: value for key, value in (told | own).items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """ListHyperParameterTuningJobs's item."""
        members = (
            "HyperParameterTuningJobName",
            "HyperParameterTuningJobArn",
            "HyperParameterTuningJobStatus",
            "CreationTime",
            "HyperParameterTuningEndTime",
            "LastModifiedTime",
            "TrainingJobStatusCounters",
            "ObjectiveStatusCounters",
        )
        description = self.describe()
        return {member: description[member] for member in members if member in description} | {
            "Strategy": self.config["Strategy"],
            "ResourceLimits": self.config["ResourceLimits"],
        }

    def _overall_best(self) -> dict[str, Any] | None:
        """Best trial of the job and its parents, which AWS tells only when they saw the same data."""
        warm = self.request.get("WarmStartConfig") or {}
        if warm.get("WarmStartType") != _IDENTICAL:
            return None
        found = []
        for name in [
            self.name,
            *(item["HyperParameterTuningJobName"] for item in warm["ParentHyperParameterTuningJobs"]),
        ]:
            # A parent may have been deleted since.
            job = self.backend.hyper_parameter_tuning_jobs.get(name)
            best = job.best() if job else None
            if best:
                found.append(best | {"TuningJobName": name})
        return (max if self.maximises else min)(found, key=_value, default=None)


def _value(summary: dict[str, Any]) -> float:
    return float(summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def _status_counters(children: list[dict[str, Any]]) -> dict[str, int]:
    counters = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    for child in children:
        status = child["TrainingJobStatus"]
        if status == "Failed":
            internal = child.get("FailureReason", "").startswith("InternalServerError")
            status = "RetryableError" if internal else "NonRetryableError"
        counters["InProgress" if status == "Stopping" else status] += 1
    return counters
