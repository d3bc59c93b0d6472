"""What Perennial must know of an algorithm, as one value: `config.algorithms` has a module for each.

Everything that depends on the family of a model is a field here; whoever needs it asks the model's algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from config.errors import UnknownRegionError
from config.ranges import Range

Direction = Literal["Maximize", "Minimize"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image that AWS publishes in a registry of its own in every region.

    Args:
        repository: its name.
        tag: its version.
        registries: account of the registry, by region.
    """

    repository: str
    tag: str
    registries: Mapping[str, str]

    def repository_arn(self, region: str) -> str:
        """ECR repository of the image.

        Raises:
            UnknownRegionError: AWS lists no registry for the region.
        """
        return f"arn:aws:ecr:{region}:{self._registry(region)}:repository/{self.repository}"

    def uri(self, region: str) -> str:
        """What a job or a model names as its image.

        Raises:
            UnknownRegionError: AWS lists no registry for the region.
        """
        return f"{self._registry(region)}.dkr.ecr.{region}.amazonaws.com/{self.repository}:{self.tag}"

    def _registry(self, region: str) -> str:
        if region not in self.registries:
            raise UnknownRegionError(
                f"no image {self.repository!r} is published in {region!r}, choose one of {sorted(self.registries)}"
            )
        return self.registries[region]


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What a training job of the algorithm takes.

    Args:
        known: all names; any other ends the job.
        required: names without which there is no job.
        aliases: names that people try, and what the container calls the same thing.
        tunable: names that a tuning job may vary.
        ranges: that a tuning job gets when the model has none.
        page: where AWS describes them.
    """

    known: frozenset[str]
    required: frozenset[str]
    aliases: Mapping[str, str]
    tunable: frozenset[str]
    ranges: Mapping[str, Range]
    page: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What the algorithm offers for one type of problem.

    Args:
        objectives: what it may learn, as its hyperparameter `objective` names it.
        tuning_metrics: objective metrics of a tuning job that say something about the problem.
        gate_metrics: what its evaluation measures.
    """

    objectives: frozenset[str]
    tuning_metrics: frozenset[str]
    gate_metrics: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What the algorithm reports while it trains.

    Args:
        objectives: metrics that a tuning job can optimise, with their direction.
        prefix: of an objective, before the name that `hyperparameter` lists.
        hyperparameter: lists, separated by commas, what is reported.
        names: what it may list.
        with_threshold: those of them that may carry one, such as ``error@0.7``.
    """

    objectives: Mapping[str, Direction]
    prefix: str
    hyperparameter: str
    names: frozenset[str]
    with_threshold: frozenset[str]

    def is_known(self, name: str) -> bool:
        """Whether the hyperparameter may list it."""
        base, at, threshold = name.partition("@")
        if not at:
            return name in self.names
        return base in self.with_threshold and bool(threshold) and set(threshold) <= set("0123456789.")


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What a model.tar.gz of the algorithm holds; anything else is not served, since a pickle, say, would run code.

    Args:
        file: the only member of the archive.
        first_byte: what its content begins with.
    """

    file: str
    first_byte: bytes


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One family of models.

    Args:
        name: in config/models/<name>.yaml.
        title: how messages call it.
        image: trains, evaluates and serves.
        evaluation: script below training_src/ that scores a candidate in the image.
        input_mode: how a training job gets its channels.
        content_type: of the channels' files.
        request_content_type: of a request to the endpoint and of its answer.
        channels: names of the training job's channels, by the prefix below a run's data.
        default_objective: what it learns when a model does not say.
        hyperparameters: what a training job takes.
        metrics: what a training job reports.
        problems: what it offers, by type of problem.
        longest_spot_wait_minutes: most that SageMaker lets a spot job of it wait.
        artifact: what it leaves.
        shares_endpoint: whether its models may lie behind one multi-model endpoint.
    """

    name: str
    title: str
    image: Image
    evaluation: str
    input_mode: Literal["File"]
    content_type: str
    request_content_type: str
    channels: Mapping[str, str]
    default_objective: str
    hyperparameters: Hyperparameters
    metrics: Metrics
    problems: Mapping[str, Problem]
    longest_spot_wait_minutes: int
    artifact: Artifact
    shares_endpoint: bool
