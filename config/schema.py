"""The schema of config/models/<name>.yaml: frozen, and unknown keys are errors. Accounts: `config.accounts_schema`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from config import algorithms, instance_types, schedules
from config.algorithm import Algorithm, Answers, GateMetric, Image
from config.gate_metrics import REGRESSION
from config.hyperparameters import written
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
# What the toolkits of AWS's framework images keep for themselves.
_OF_SAGEMAKER = ("sagemaker_", "_")

# Whose rules the parts of a model are held to while it is validated.
_DEFAULT = algorithms.resolve(algorithms.DEFAULT)
_ALGORITHM: ContextVar[Algorithm] = ContextVar("algorithm", default=_DEFAULT)
# Where a problem is, and what.
_Problem = tuple[tuple[str, ...], str]


@contextmanager
def rules_for(document: object) -> Iterator[None]:
    """Hold what is validated within to the rules of the algorithm that a file names; an unknown one has the default's.

    A validator around `Model` could do it, but pydantic then no longer reads the file as JSON: lists were no tuples.
    """
    said = document.get("algorithm", algorithms.DEFAULT) if isinstance(document, dict) else algorithms.DEFAULT
    try:
        algorithm = algorithms.resolve(said)
    except PydanticCustomError:
        # The model tells of it.
        algorithm = _DEFAULT
    token = _ALGORITHM.set(algorithm)
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
    hyperparameters: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @field_validator("instance_type")
    @classmethod
    def _the_image_can_use_it(cls, value: str) -> str:
        algorithm = _ALGORITHM.get()
        if algorithm.images.for_training(value) is None:
            found = instance_types.family(value)
            accelerated = found is not None and found.accelerator is not None
            has = "has an accelerator that" if accelerated else "has no GPU, and"
            needs = "cannot use: choose a type without one, for example ml.m5.xlarge"
            if not accelerated:
                needs = "needs one: choose a type with NVIDIA's, for example ml.p3.2xlarge"
            raise ValueError(f"{value} {has} the training image of {algorithm.title} {needs}")
        return value

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
        problems: list[_Problem] = []
        if not takes.any:
            problems += [
                (
                    ("hyperparameters", name),
                    f"{algorithm.title} has no such hyperparameter; "
                    + meant(takes.aliases.get(name, name), takes.known, otherwise=f"see {takes.page}"),
                )
                for name in given
                if name not in takes.known
            ]
        problems += [
            (("hyperparameters", name), f"Perennial sets it itself for {algorithm.title}; leave it out")
            for name in given
            if name in takes.fixed or (takes.any and name.startswith(_OF_SAGEMAKER))
        ]
        problems += [
            (("hyperparameters", name), f"it must be {allowed}, got {given[name]!r}")
            for name, allowed in takes.values.items()
            if name in given and not allowed.takes(given[name])
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

    def sagemaker_hyperparameters(self, *, as_json: bool = False) -> dict[str, str]:
        """Hyperparameters as CreateTrainingJob takes them: strings.

        Args:
            as_json: whether each is written as JSON; see `config.hyperparameters.Hyperparameters`.
        """
        write = json.dumps if as_json else written
        return {name: write(value) for name, value in self.hyperparameters.items()}


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
        title, takes = _ALGORITHM.get().title, _ALGORITHM.get().hyperparameters
        tunable = takes.tunable
        if takes.any:
            return value
        if unknown := [name for name in value if name not in tunable]:
            raise refuse(*(((name,), f"{title} cannot tune it; {meant(name, tunable)}") for name in unknown))
        return value

    @field_validator("metric")
    @classmethod
    def _can_be_optimised(cls, value: str) -> str:
        title, objectives = _ALGORITHM.get().title, _ALGORITHM.get().metrics.objectives
        if value in _ALGORITHM.get().metrics.definitions and value not in objectives:
            raise ValueError(f"algorithm.metrics does not say what is better; give {value!r} a direction there")
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


class Serving(Strict):
    """Where a model is served.

    Args:
        endpoint: with the other models of its family, or at an endpoint of its own; None for with others where the
            family may.
    """

    endpoint: Literal["shared", "own"] | None = None

    @field_validator("endpoint")
    @classmethod
    def _it_may_be_shared(cls, value: str | None) -> str | None:
        algorithm = _ALGORITHM.get()
        if value == "shared" and algorithm.shared_endpoint is None:
            raise ValueError(f"each model of {algorithm.title} has an endpoint of its own; write own, or leave it out")
        if value == "shared" and algorithm.environment_is_own:
            raise ValueError(
                "the variables of a container are those of all models behind its endpoint; write own, or leave "
                "algorithm.environment out"
            )
        return value


class Model(Strict):
    """config/models/<name>.yaml."""

    name: Name
    description: str
    algorithm: str | dict[str, Any] = algorithms.DEFAULT
    problem_type: str
    source: Annotated[S3Source | WarehouseSource, Field(discriminator="type")] = S3Source()
    schedule: Schedule = Schedule()
    stale_after_days: int = Field(default=7, ge=1)
    etl: Etl
    training: Training
    tuning: Tuning | None = None
    gate: Gate
    serving: Serving = Serving()
    approval: Approvals = Approvals()
    when_unapproved: Literal["keep", "remove"] = "keep"
    _algorithm: Algorithm = PrivateAttr()

    @field_validator("algorithm", mode="before")
    @classmethod
    def _is_known(cls, value: object) -> object:
        algorithms.resolve(value)
        return value

    def model_post_init(self, _context: object) -> None:
        """Keep the algorithm, which is asked for after the validation too."""
        self._algorithm = algorithms.resolve(self.algorithm)

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
        return self._algorithm

    @property
    def endpoint(self) -> str:
        """What the name of the endpoint that serves it ends with; empty for the account's first one."""
        shared = self.family.shared_endpoint
        if self.serving.endpoint == "own" or shared is None or self.family.environment_is_own:
            return self.name
        return shared

    @property
    def shares_endpoint(self) -> bool:
        """Whether other models may lie behind its endpoint too."""
        return self.endpoint == self.family.shared_endpoint

    @property
    def trains_on_gpu(self) -> bool:
        """Whether the instances of its training jobs have GPUs."""
        found = instance_types.family(self.training.instance_type)
        return found is not None and found.accelerator == "gpu"

    @property
    def images_of_jobs(self) -> tuple[Image, ...]:
        """Those that SageMaker's jobs pull."""
        images = self.family.images
        training = images.for_training(self.training.instance_type)
        scoring = (images.serving,) if self.family.scoring == "transform" else ()
        return (*((training,) if training else ()), images.evaluation, *scoring)

    @property
    def answers(self) -> Answers:
        """What an answer of it has, where a batch transform job asks for it."""
        problem = self.family.problems[self.problem_type]
        if self._learns() in problem.classes_only:
            return replace(problem.answers, score=None, label=problem.answers.score)
        return problem.answers

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works, and does not do what somebody may believe."""
        algorithm, metrics = self.family, self.family.metrics
        misleading = metrics.misleading.get(self._learns() or "", frozenset())
        if self.tuning is None or self.tuning.metric not in misleading or algorithm.objective is None:
            return ()
        better = sorted(algorithm.problems[self.problem_type].tuning_metrics - misleading)
        told = (
            f"model {self.name!r}: the image of {algorithm.title} computes {self.tuning.metric!r} wrongly when the "
            f"{algorithm.objective.hyperparameter} is {self._learns()!r}, so that the tuning job compares nothing; "
            f"choose one of {better} as tuning.metric"
        )
        return (told,)

    def _learns(self) -> str | None:
        """What its training job is told to learn; None when it is not told."""
        says = self.family.objective
        found = self.training.hyperparameters.get(says.hyperparameter, says.default) if says else None
        return None if found is None else str(found)

    @model_validator(mode="after")
    def _everything_fits_the_problem(self) -> Self:
        kind, algorithm = self.problem_type, self.family
        if algorithm != _ALGORITHM.get():
            raise ValueError(f"a model of {algorithm.title} is validated within rules_for(), as config.loader does it")
        problem, given = algorithm.problems[kind], self.training.hyperparameters
        problems = self._problems_of_the_objective()
        problems += [
            (("training", "hyperparameters"), f"it must have {name}: a {kind} (problem_type) requires it")
            for name in sorted(problem.required - set(given))
        ]
        problems += [
            (
                ("training", "hyperparameters", name),
                f"of a {kind} (problem_type) it must be {allowed}, got {given[name]!r}",
            )
            for name, allowed in problem.values.items()
            if name in given and not allowed.takes(given[name])
        ]
        if self.gate.metric not in problem.gate_metrics:
            allowed = sorted(problem.gate_metrics)
            problems.append(
                (("gate", "metric"), f"of a {kind} (problem_type) it is one of {allowed}, got {self.gate.metric!r}")
            )
        elif problem.gate_metrics[self.gate.metric].of_probabilities and self._learns() in problem.classes_only:
            told = f"{self._learns()} answers a class without its probability, which {self.gate.metric} needs"
            problems.append((("gate", "metric"), f"{told}; choose another metric"))
        if self.tuning is not None:
            problems += self._problems_of_the_tuning_metric(self.tuning.metric, algorithm)
            if not self.tuning.ranges:
                told = f"{algorithm.title} has no ranges of its own; name at least one hyperparameter"
                problems.append((("tuning", "ranges"), told))
        if algorithm.scoring == "transform" and kind == REGRESSION and self.answers.score is None:
            problems.append((("algorithm", "answer"), f"a {kind} (problem_type) needs the place of its score"))
        if problems:
            raise refuse(*problems)
        return self

    def _problems_of_the_objective(self) -> list[_Problem]:
        algorithm = self.family
        if algorithm.objective is None:
            return []
        says, objectives = algorithm.objective.hyperparameter, algorithm.problems[self.problem_type].objectives
        objective = self._learns()
        if objective in objectives:
            return []
        given = says in self.training.hyperparameters
        default = f"the default of {algorithm.title}" if algorithm.objective.default else "none"
        told = repr(objective) if given else default
        place = ("training", "hyperparameters", *((says,) if given else ()))
        allowed = sorted(objectives)
        return [(place, f"the {says} of a {self.problem_type} (problem_type) is one of {allowed}, got {told}")]

    def _problems_of_the_tuning_metric(self, metric: str, algorithm: Algorithm) -> list[_Problem]:
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
