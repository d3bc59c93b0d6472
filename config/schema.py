"""The schema of config/models/<name>.yaml: frozen, and unknown keys are errors. Accounts: `config.accounts_schema`."""

from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, StringConstraints, field_validator, model_validator

from config import algorithms, instance_types, rules, schedules
from config.algorithm import Algorithm, Answers, Image
from config.batch_transform_schema import BatchTransform
from config.gate_metrics import BINARY, REGRESSION
from config.gate_schema import Gate
from config.problems import meant, refuse
from config.strict import Strict
from config.training_schema import Training, Tuning

# `<app>-<model>-<run id>-<retries>` must fit the 63 characters of a SageMaker job name, which has no underscore or dot.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=24)]


Approval = Literal["manual", "automatic"]


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
        algorithm = rules.algorithm()
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
    batch_transform: BatchTransform | None = None
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
        title, offered = rules.algorithm().title, rules.algorithm().problems
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
        return shared if shared is not None and self.shares_endpoint else self.name

    @property
    def shares_endpoint(self) -> bool:
        """Whether other models may lie behind its endpoint too."""
        family = self.family
        return self.serving.endpoint != "own" and family.shared_endpoint is not None and not family.environment_is_own

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
        if algorithm != rules.algorithm():
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
        if algorithm.scoring == "transform":
            problems += self._problems_of_the_answers()
        if problems:
            raise refuse(*problems)
        return self

    def _problems_of_the_answers(self) -> list[rules.Problem]:
        """What the evaluation would not find in them, once the model is trained."""
        kind, answers, held_out = self.problem_type, self.answers, self.family.requests.held_out
        place, problems = ("algorithm", "answer"), list[rules.Problem]()
        if kind == REGRESSION and answers.score is None:
            problems.append((place, f"a {kind} (problem_type) needs the place of its score"))
        if kind == BINARY and answers.score is None and answers.label is None:
            problems.append((place, f"a {kind} (problem_type) needs the place of its score or its label"))
        elif self.gate.needs_scores and answers.score is None and answers.labelled_scores is None:
            told = f"the answers have a class without its score, which {self.gate.metric} needs; choose another metric"
            problems.append((("gate", "metric"), f"{told}, or say where the score is"))
        if self.gate.slices and held_out != "text/csv":
            told = f"test rows in {held_out} have no columns to slice by; leave it out"
            problems.append((("gate", "slices"), told))
        return problems

    def _problems_of_the_objective(self) -> list[rules.Problem]:
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

    def _problems_of_the_tuning_metric(self, metric: str, algorithm: Algorithm) -> list[rules.Problem]:
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
