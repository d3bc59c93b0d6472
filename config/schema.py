"""The schema of config/models/<name>.yaml: frozen, and unknown keys are errors. Accounts: `config.accounts_schema`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    StringConstraints,
    field_validator,
    model_validator,
)

from config import algorithms, instance_types, schedules
from config.algorithm import Algorithm, GateMetric
from config.problems import meant, refuse
from config.ranges import Range
from config.strict import Strict

# `<app>-<model>-<run id>-<retries>` must fit the 63 characters of a SageMaker job name, which has no underscore or dot.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=24)]


def _can_do_the_work(value: str) -> str:
    """Every volume is encrypted with the account's key, and the image is built for x86_64."""
    reason = instance_types.runs_no_x86(value) or instance_types.takes_no_key(value)
    if reason:
        raise ValueError(reason)
    return value


InstanceType = Annotated[
    str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"), AfterValidator(_can_do_the_work)
]
Approval = Literal["manual", "automatic"]
_PERCENT = 100

# Whose rules the parts of a model are held to while it is validated.
_ALGORITHM: ContextVar[Algorithm] = ContextVar("algorithm", default=algorithms.ALGORITHMS[algorithms.DEFAULT])


@contextmanager
def rules_for(document: object) -> Iterator[None]:
    """Hold what is validated within to the rules of the algorithm that a file names; an unknown one has the default's.

    A validator around `Model` could do it, but pydantic then no longer reads the file as JSON: lists were no tuples.
    """
    name = document.get("algorithm") if isinstance(document, dict) else None
    default = algorithms.ALGORITHMS[algorithms.DEFAULT]
    token = _ALGORITHM.set(algorithms.ALGORITHMS.get(name, default) if isinstance(name, str) else default)
    try:
        yield
    finally:
        _ALGORITHM.reset(token)


class S3Source(Strict):
    """Raw files that somebody uploads below ``raw/<model>/``."""

    type: Literal["s3"] = "s3"


class WarehouseSource(Strict):
    """A query on a warehouse of config/accounts.yaml; its rows become Parquet before the model's ETL reads them."""

    type: Literal["warehouse"]
    warehouse: Name
    query: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.sql$")]
    window_days: int = Field(ge=1)


class Etl(Strict):
    """The Glue job run that turns raw data into training data."""

    script: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.py$")]
    arguments: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")], str] = Field(default={})
    worker_type: Literal["G.1X", "G.2X", "G.4X", "G.8X"] = "G.1X"
    number_of_workers: int = Field(default=2, ge=2)
    timeout_minutes: int = Field(default=30, ge=1)

    @field_validator("arguments")
    @classmethod
    def _no_argument_of_ours(cls, value: dict[str, str]) -> dict[str, str]:
        taken = {"source", "destination"} & set(value)
        if taken:
            raise ValueError(f"arguments must not have {sorted(taken)}: the workflow passes them itself")
        return value


class Spot(Strict):
    """Managed spot training."""

    enabled: bool = False
    max_wait_minutes: int = Field(default=0, ge=0)

    @field_validator("max_wait_minutes")
    @classmethod
    def _no_longer_than_sagemaker_waits(cls, value: int) -> int:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
        longest = _ALGORITHM.get().longest_spot_wait_minutes
        if value > longest:
            raise ValueError(
                f"it must be at most {longest}, got {value}: a spot job of {_ALGORITHM.get().title} waits no longer"
            )
        return value


class Training(Strict):
    """The SageMaker training job."""

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
            least = self.max_runtime_minutes
            problem = f"it must be at least max_runtime_minutes ({least}), got {self.spot.max_wait_minutes}"
            raise refuse((("spot", "max_wait_minutes"), problem))
        return self

    @model_validator(mode="after")
    def _the_algorithm_takes_its_hyperparameters(self) -> Self:
        algorithm, given = _ALGORITHM.get(), self.hyperparameters
        takes, metrics = algorithm.hyperparameters, algorithm.metrics
        problems: list[tuple[tuple[str, ...], str]] = [
            (
                ("hyperparameters", name),
                f"{algorithm.title} has no such hyperparameter; "
                + meant(takes.aliases.get(name, name), takes.known, otherwise=f"see {takes.page}"),
            )
            for name in given
            if name not in takes.known
        ]
        problems += [
            (("hyperparameters",), f"it must have {name}: {algorithm.title} requires it")
            for name in sorted(takes.required - set(given))
        ]
        if metrics.hyperparameter is not None:
            problems += [
                (
                    ("hyperparameters", metrics.hyperparameter),
                    f"{algorithm.title} has no metric {name!r}; {meant(name, metrics.names)}",
                )
                for name in self._listed(metrics.hyperparameter)
                if not metrics.is_known(name)
            ]
        if problems:
            raise refuse(*problems)
        return self

    def reported_metrics(self, algorithm: Algorithm) -> list[str]:
        """What the job reports while it trains, as far as a tuning job may ask for it."""
        metrics = algorithm.metrics
        return sorted(metrics.names) if metrics.hyperparameter is None else self._listed(metrics.hyperparameter)

    def _listed(self, hyperparameter: str) -> list[str]:
        listed = str(self.hyperparameters.get(hyperparameter, ""))
        return [name.strip() for name in listed.split(",") if name.strip()]

    def sagemaker_hyperparameters(self) -> dict[str, str]:
        """Hyperparameters as CreateTrainingJob takes them: strings."""
        return {name: str(value) for name, value in self.hyperparameters.items()}


class Tuning(Strict):
    """A tuning job in place of the single training job: Bayesian, with a warm start when there is a parent."""

    enabled: bool = True
    metric: str
    # The default quota is 100 parallel jobs, and ten is what tuning itself allows by default.
    max_jobs: int = Field(default=10, ge=1, le=750)
    max_parallel_jobs: int = Field(default=2, ge=1, le=10)
    max_runtime_minutes: int = Field(default=120, ge=1)
    ranges: dict[str, Range] = Field(
        default_factory=lambda: dict(_ALGORITHM.get().hyperparameters.ranges), min_length=1
    )

    @model_validator(mode="after")
    def _not_more_at_once_than_in_all(self) -> Self:
        if self.max_parallel_jobs > self.max_jobs:
            raise ValueError(
                f"max_parallel_jobs must not exceed max_jobs, got {self.max_parallel_jobs} and {self.max_jobs}"
            )
        return self

    @field_validator("ranges")
    @classmethod
    def _can_be_tuned(cls, value: dict[str, Range]) -> dict[str, Range]:
        title, tunable = _ALGORITHM.get().title, _ALGORITHM.get().hyperparameters.tunable
        if unknown := [name for name in value if name not in tunable]:
            raise refuse(*(((name,), f"{title} cannot tune it; {meant(name, tunable)}") for name in unknown))
        return value

    @field_validator("metric")
    @classmethod
    def _can_be_optimised(cls, value: str) -> str:
        title, objectives = _ALGORITHM.get().title, _ALGORITHM.get().metrics.objectives
        if value not in objectives:
            raise ValueError(f"{title} cannot optimise {value!r}; {meant(value, objectives)}")
        return value


class Gate(Strict):
    """The quality gate, on the held-out test part: an absolute threshold, and not worse than the champion.

    Args:
        metric: one of the evaluation's metrics.
        threshold: the candidate must be better than this.
        tolerance: by how much, in the metric's own unit, it may be worse than the champion.
        slices: features by whose values the metrics are also told.
    """

    metric: str
    threshold: float
    tolerance: float = Field(default=0.0, ge=0)
    slices: tuple[str, ...] = ()
    _measured: GateMetric = PrivateAttr()

    @field_validator("metric")
    @classmethod
    def _is_evaluated(cls, value: str) -> str:
        known = _ALGORITHM.get().gate_metrics
        if value not in known:
            raise ValueError(f"the evaluation does not know {value!r}; {meant(value, known)}")
        return value

    def model_post_init(self, _context: object) -> None:
        """Keep the algorithm's word on the metric, which is asked for after the validation too."""
        self._measured = _ALGORITHM.get().gate_metrics[self.metric]

    @model_validator(mode="after")
    def _can_be_passed_and_failed(self) -> Self:
        if self._measured.share:
            # What equals the threshold does not pass.
            if not 0 <= self.threshold < 1:
                percent = 1 < self.threshold < _PERCENT
                hint = f"; write {self.threshold / _PERCENT:g} for {self.threshold:g}%" if percent else ""
                problem = f"{self.metric} must exceed it and lies between 0 and 1, so it must be from 0 to below 1"
                raise refuse((("threshold",), f"{problem}, got {self.threshold:g}{hint}"))
        elif self.threshold <= 0:
            problem = f"{self.metric} must be less and is never below 0, so it must be above 0"
            raise refuse((("threshold",), f"{problem}, got {self.threshold:g}"))
        return self

    @property
    def greater_is_better(self) -> bool:
        """Direction of the metric."""
        return self._measured.greater_is_better

    def title(self) -> str:
        """Name of the gate's Choice state, for example ``Accuracy > 90%``."""
        limit = f"{self.threshold * 100:g}%" if self._measured.percent else f"{self.threshold:g}"
        return f"{self._measured.spoken} {'>' if self.greater_is_better else '<'} {limit}"


class Schedule(Strict):
    """When a model is retrained: a rate or cron expression, in UTC."""

    # The longest that EventBridge Scheduler takes:
    # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    expression: str = Field(default="rate(1 hour)", max_length=256)
    enabled: bool = True

    @field_validator("expression")
    @classmethod
    def _can_be_compiled(cls, value: str) -> str:
        schedules.compile_expression(value)
        return value


class Approvals(Strict):
    """Who decides that a version may serve.

    Sandbox: ``automatic`` serves the newest version that nobody rejected, ``manual`` approved ones only.
    QA and prod serve approved versions only; ``automatic`` lets the run approve what passed the gate.
    """

    sandbox: Approval = "automatic"
    qa: Approval = "manual"
    prod: Approval = "manual"

    @model_validator(mode="after")
    def _one_status_a_version(self) -> Self:
        if self.qa != self.prod:
            raise ValueError(
                f"qa and prod must have the same approval, got {self.qa} and {self.prod}: "
                "the registry keeps one approval status a version"
            )
        return self


class Model(Strict):
    """config/models/<name>.yaml."""

    name: Name
    description: str
    algorithm: str = algorithms.DEFAULT
    problem_type: str
    source: Annotated[S3Source | WarehouseSource, Field(discriminator="type")] = S3Source()
    schedule: Schedule = Schedule()
    stale_after_days: int = Field(default=7, ge=1)
    etl: Etl
    training: Training
    tuning: Tuning | None = None
    gate: Gate
    approval: Approvals = Approvals()
    when_unapproved: Literal["keep", "remove"] = "keep"

    @field_validator("algorithm")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in algorithms.ALGORITHMS:
            raise ValueError(f"there is no algorithm {value!r}; {meant(value, algorithms.ALGORITHMS)}")
        return value

    @field_validator("problem_type")
    @classmethod
    def _is_offered(cls, value: str) -> str:
        title, offered = _ALGORITHM.get().title, _ALGORITHM.get().problems
        if value not in offered:
            raise ValueError(f"{title} has no problem {value!r}; {meant(value, offered)}")
        return value

    @property
    def family(self) -> Algorithm:
        """The algorithm itself."""
        return algorithms.ALGORITHMS[self.algorithm]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works, and does not do what somebody may believe."""
        algorithm = self.family
        says, metrics = algorithm.objective.hyperparameter, algorithm.metrics
        learns = str(self.training.hyperparameters.get(says, algorithm.objective.default))
        misleading = metrics.misleading.get(learns, frozenset())
        if self.tuning is None or self.tuning.metric not in misleading:
            return ()
        better = sorted(algorithm.problems[self.problem_type].tuning_metrics - misleading)
        told = (
            f"model {self.name!r}: the image of {algorithm.title} computes {self.tuning.metric!r} wrongly when the "
            f"{says} is {learns!r}, so that the tuning job compares nothing; choose one of {better} as tuning.metric"
        )
        return (told,)

    @model_validator(mode="after")
    def _everything_fits_the_problem(self) -> Self:
        kind, algorithm = self.problem_type, self.family
        if algorithm is not _ALGORITHM.get():
            raise ValueError(f"a model of {algorithm.title} is validated within rules_for(), as config.loader does it")
        problem, says = algorithm.problems[kind], algorithm.objective.hyperparameter
        objective = self.training.hyperparameters.get(says, algorithm.objective.default)
        problems: list[tuple[tuple[str, ...], str]] = []
        if objective not in problem.objectives:
            given = says in self.training.hyperparameters
            default = f"the default of {algorithm.title}" if algorithm.objective.default else "none"
            told = repr(objective) if given else default
            place = ("training", "hyperparameters", *((says,) if given else ()))
            allowed = sorted(problem.objectives)
            problems.append((place, f"the {says} of a {kind} (problem_type) is one of {allowed}, got {told}"))
        if self.gate.metric not in problem.gate_metrics:
            allowed = sorted(problem.gate_metrics)
            problems.append(
                (("gate", "metric"), f"of a {kind} (problem_type) it is one of {allowed}, got {self.gate.metric!r}")
            )
        if self.tuning is not None:
            problems += self._problems_of_the_tuning_metric(self.tuning.metric, algorithm)
        if problems:
            raise refuse(*problems)
        return self

    def _problems_of_the_tuning_metric(self, metric: str, algorithm: Algorithm) -> list[tuple[tuple[str, ...], str]]:
        place, allowed = ("tuning", "metric"), algorithm.problems[self.problem_type].tuning_metrics
        if metric not in allowed:
            told = f"of a {self.problem_type} (problem_type) it is one of {sorted(allowed)}, got {metric!r}"
            return [(place, told)]
        listed, wanted = algorithm.metrics.hyperparameter, metric.removeprefix(algorithm.metrics.prefix)
        reported = self.training.reported_metrics(algorithm)
        if wanted not in reported:
            told = f"it is {metric!r}, but the hyperparameter {listed} is {reported}; add {wanted!r} to it"
            return [(place, told)]
        return []
