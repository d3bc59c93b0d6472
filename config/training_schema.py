"""The schema of how a model is trained and tuned, a part of config/models/<name>.yaml."""

import json
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from config import instance_types, rules
from config.algorithm import Algorithm
from config.hyperparameters import Allowed, Hyperparameters, written
from config.problems import meant, refuse
from config.ranges import CategoricalRange, Range
from config.strict import Strict

# What the toolkits of AWS's framework images keep for themselves.
_OF_SAGEMAKER = ("sagemaker_", "_")


def _can_do_the_work(value: str) -> str:
    """Every volume is encrypted with the account's key, and the image is built for x86_64."""
    reason = instance_types.runs_no_x86(value) or instance_types.takes_no_key(value)
    if reason:
        raise ValueError(reason)
    return value


InstanceType = Annotated[
    str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"), AfterValidator(_can_do_the_work)
]


class Spot(Strict):
    """Managed spot training."""

    enabled: bool = False
    max_wait_minutes: int = Field(default=0, ge=0)

    @field_validator("max_wait_minutes")
    @classmethod
    def _no_longer_than_sagemaker_waits(cls, value: int) -> int:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
        longest = rules.algorithm().longest_spot_wait_minutes
        if value > longest:
            raise ValueError(
                f"it must be at most {longest}, got {value}: a spot job of {rules.algorithm().title} waits no longer"
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
        algorithm = rules.algorithm()
        if algorithm.images.for_training(value) is None:
            found = instance_types.family(value)
            accelerated = found is not None and found.accelerator is not None
            has = "has an accelerator that" if accelerated else "has no GPU, and"
            needs = "cannot use: choose a type without one, for example ml.m5.xlarge"
            if not accelerated:
                needs = "needs one: choose a type with NVIDIA's, for example ml.p3.2xlarge"
            raise ValueError(f"{value} {has} the training image of {algorithm.title} {needs}")
        return value

    @field_validator("instance_count")
    @classmethod
    def _the_work_can_be_divided(cls, value: int) -> int:
        if value > 1 and rules.algorithm().one_instance:
            raise ValueError(f"{rules.algorithm().title} trains on one instance, got {value}; write 1")
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
        algorithm, given = rules.algorithm(), self.hyperparameters
        takes, metrics = algorithm.hyperparameters, algorithm.metrics
        problems: list[rules.Problem] = []
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
            if _is_set_by_us(name, takes)
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


def _is_set_by_us(name: str, takes: Hyperparameters) -> bool:
    return name in takes.fixed or (takes.any and name.startswith(_OF_SAGEMAKER))


def _not_taken(found: Range, allowed: Allowed) -> str | None:
    """What of a range an algorithm does not take; None when it takes all of it."""
    if isinstance(found, CategoricalRange):
        return next((repr(value) for value in found.values if not allowed.takes(value)), None)
    return next((f"{bound:g}" for bound in (found.min, found.max) if not allowed.holds(bound)), None)


class Tuning(Strict):
    """A tuning job in place of the single training job: Bayesian, with a warm start when there is a parent."""

    enabled: bool = True
    metric: str
    # The default quota is 100 parallel jobs, and ten is what tuning itself allows by default.
    max_jobs: int = Field(default=10, ge=1, le=750)
    max_parallel_jobs: int = Field(default=2, ge=1, le=10)
    max_runtime_minutes: int = Field(default=120, ge=1)
    ranges: dict[str, Range] = Field(
        default_factory=lambda: dict(rules.algorithm().hyperparameters.ranges), min_length=1
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
        title, takes = rules.algorithm().title, rules.algorithm().hyperparameters
        problems: list[rules.Problem] = []
        for name, found in value.items():
            allowed = takes.values.get(name)
            if _is_set_by_us(name, takes):
                problems.append(((name,), f"Perennial sets it itself for {title}; leave it out"))
            elif not takes.any and name not in takes.tunable:
                problems.append(((name,), f"{title} cannot tune it; {meant(name, takes.tunable)}"))
            elif allowed is not None and (wrong := _not_taken(found, allowed)) is not None:
                problems.append(((name,), f"it must be {allowed}, got {wrong}"))
        if problems:
            raise refuse(*problems)
        return value

    @field_validator("metric")
    @classmethod
    def _can_be_optimised(cls, value: str) -> str:
        title, objectives = rules.algorithm().title, rules.algorithm().metrics.objectives
        if value in rules.algorithm().metrics.definitions and value not in objectives:
            raise ValueError(f"algorithm.metrics does not say what is better; give {value!r} a direction there")
        if value not in objectives:
            raise ValueError(f"{title} cannot optimise {value!r}; {meant(value, objectives)}")
        return value
