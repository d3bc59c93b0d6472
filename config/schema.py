"""The schema of config/*.yaml: frozen, and unknown keys are errors."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
# `<app>-<model>-<run id>-<retries>` must fit the 63 characters of a SageMaker job name, which has no underscore or dot.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=24)]
InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
ScheduleExpression = Annotated[str, StringConstraints(pattern=r"^(rate|cron|at)\(.+\)$")]
EnvironmentName = Literal["sandbox", "qa", "prod"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Serving(_Strict):
    """Size of one environment's multi-model endpoint."""

    instance_type: InstanceType
    instance_count: int = Field(ge=1)


class Environment(_Strict):
    """One account."""

    account_id: AccountId
    serving: Serving


class Accounts(_Strict):
    """config/accounts.yaml."""

    app: Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=12)]
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    environments: dict[EnvironmentName, Environment]

    @model_validator(mode="after")
    def _three_different_accounts(self) -> Self:
        missing = {"sandbox", "qa", "prod"} - set(self.environments)
        if missing:
            raise ValueError(f"environments must have sandbox, qa and prod, missing {sorted(missing)}")
        ids = [environment.account_id for environment in self.environments.values()]
        if len(set(ids)) != len(ids):
            raise ValueError(f"account ids must differ, got {ids}; one account for each environment")
        return self


class Etl(_Strict):
    """The Glue job that turns raw data into training data."""

    script: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.py$")]
    worker_type: Literal["G.1X", "G.2X", "G.4X", "G.8X"] = "G.1X"
    number_of_workers: int = Field(default=2, ge=2)
    timeout_minutes: int = Field(default=30, ge=1)


class Spot(_Strict):
    """Managed spot training."""

    enabled: bool = False
    # Built-in algorithms that keep no checkpoints may wait one hour at most.
    max_wait_minutes: int = Field(default=0, ge=0, le=60)


class Training(_Strict):
    """The SageMaker training job, with the built-in XGBoost algorithm."""

    instance_type: InstanceType
    instance_count: int = Field(default=1, ge=1)
    volume_gb: int = Field(default=30, ge=1)
    max_runtime_minutes: int = Field(ge=1)
    spot: Spot = Spot()
    hyperparameters: dict[str, str | int | float]

    @model_validator(mode="after")
    def _spot_waits_at_least_as_long_as_it_runs(self) -> Self:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
        if self.spot.enabled and self.spot.max_wait_minutes < self.max_runtime_minutes:
            raise ValueError(
                f"spot.max_wait_minutes must be at least max_runtime_minutes ({self.max_runtime_minutes}), "
                f"got {self.spot.max_wait_minutes}"
            )
        if "num_round" not in self.hyperparameters:
            raise ValueError("hyperparameters must have num_round: built-in XGBoost requires it")
        return self

    def sagemaker_hyperparameters(self) -> dict[str, str]:
        """Hyperparameters as CreateTrainingJob takes them: strings."""
        return {name: str(value) for name, value in self.hyperparameters.items()}


class Gate(_Strict):
    """The quality gate: the candidate passes if its metric is greater than the threshold."""

    metric: Annotated[str, StringConstraints(pattern=r"^(train|validation):[a-z0-9_@]+$")]
    threshold: float

    def title(self) -> str:
        """Name of the gate's Choice state, for example ``Accuracy > 90%``."""
        metric = self.metric.split(":")[1]
        spoken = metric.upper() if metric in {"auc", "aucpr", "map", "ndcg"} else metric.capitalize()
        limit = f"{self.threshold * 100:g}%" if metric == "accuracy" else f"{self.threshold:g}"
        return f"{spoken} > {limit}"


class Schedule(_Strict):
    """When a model is retrained."""

    expression: ScheduleExpression = "rate(1 hour)"
    enabled: bool = True


class Model(_Strict):
    """config/models/<name>.yaml."""

    name: Name
    description: str
    schedule: Schedule = Schedule()
    etl: Etl
    training: Training
    gate: Gate
