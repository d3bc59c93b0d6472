"""Everything that is worth telling about one run, gathered from AWS into plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from perennial.aws import Aws, Execution
from perennial.history import History

_GATE_ERROR = "ModelAccuracyTooLow"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished or running execution.

    Args:
        execution: as described.
        history: state by state.
        state_machine: its name.
        definition: in Amazon States Language.
        output: what it returned; empty unless it succeeded.
    """

    execution: Execution
    history: History
    state_machine: str
    definition: Mapping[str, Any]
    output: Mapping[str, Any]

    @property
    def model(self) -> str:
        """The model's name, from the input."""
        return str(json.loads(self.execution.input).get("model", ""))

    @property
    def outcome(self) -> str:
        """In a word or two, such as ``deployed``, ``nothing new`` or ``gate failed``."""
        if self.execution.status == "SUCCEEDED":
            return str(self.output.get("outcome", "succeeded"))
        if self.execution.error == _GATE_ERROR:
            return "gate failed"
        return self.execution.status.lower().replace("_", " ")

    @property
    def gate_failed(self) -> bool:
        """Whether the model was trained but is not good enough."""
        return self.execution.error == _GATE_ERROR


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
class Answer:
    """What the endpoint said about one held-out row.

    Args:
        target_model: which model was asked.
        probability: of the positive class.
        truth: the row's label, 0 or 1.
        row: feature values by name.
    """

    target_model: str
    probability: float
    truth: int
    row: Mapping[str, str]

    @property
    def right(self) -> bool:
        """Whether the likelier class is the true one."""
        return (self.probability > 0.5) == bool(self.truth)  # noqa: PLR2004  # the likelier of two classes


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A run that ended with a version in service.

    Args:
        run: the execution.
        version: version in the registry.
        model_package_arn: the version's ARN.
        metric: the gate's metric.
        value: what the candidate reached.
        threshold: what it had to exceed.
        data: the ETL report.
        training: the training job.
    """

    run: Run
    version: int
    model_package_arn: str
    metric: str
    value: float
    threshold: float
    data: Mapping[str, Any]
    training: Training


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


def deployed(aws: Aws, of: Run) -> Deployed:
    """Gather what a successful run made."""
    output = of.output
    package = aws.model_package(output["model_package_arn"])
    return Deployed(
        run=of,
        version=int(package["ModelPackageVersion"]),
        model_package_arn=output["model_package_arn"],
        metric=output["metric"],
        value=float(output["value"]),
        threshold=float(output["threshold"]),
        data=json.loads(aws.read(output["report"])),
        training=training(aws.training_job(output["training_job"])),
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


def ask(aws: Aws, *, endpoint: str, target_model: str, data: Mapping[str, Any]) -> Answer:
    """Ask the endpoint about the held-out row of an ETL report."""
    line = str(data["golden_request"]).strip()
    answer = aws.invoke(endpoint, target_model=target_model, body=line)
    return Answer(
        target_model=target_model,
        probability=float(answer.split(",")[0].split("\n")[0]),
        truth=int(data["golden_label"]),
        row=dict(zip(data["features"], line.split(","), strict=True)),
    )
