"""What Perennial must know of an algorithm, as one value: `config.algorithms` has a module for each.

Everything that depends on the family of a model is a field here; whoever needs it asks the model's algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class Images:
    """Where an algorithm runs; several of them may be the same image.

    Args:
        training: what trains.
        evaluation: what has Python, and scores a candidate with the script of `Algorithm.evaluation`.
        serving: what answers behind an endpoint.
    """

    training: Image
    evaluation: Image
    serving: Image

    @property
    def of_jobs(self) -> tuple[Image, ...]:
        """Those that SageMaker's jobs pull."""
        return self.training, self.evaluation


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
class Objective:
    """How a training job is told what to learn.

    Args:
        hyperparameter: that names it.
        default: what it learns when a model does not say; None when it must.
    """

    hyperparameter: str
    default: str | None


@dataclass(frozen=True, kw_only=True)
class GateMetric:
    """What an evaluation measures, and a gate may ask for.

    Args:
        greater_is_better: whether it is.
        share: whether it lies between 0 and 1; any other is an error, from 0 on.
        spoken: as people say it.
        percent: whether people tell it in percent.
    """

    greater_is_better: bool
    share: bool
    spoken: str
    percent: bool = False


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What the algorithm offers for one type of problem.

    Args:
        objectives: what it may learn, as its `Objective.hyperparameter` names it.
        tuning_metrics: objective metrics of a tuning job that say something about the problem.
        gate_metrics: what its evaluation measures, by name.
    """

    objectives: frozenset[str]
    tuning_metrics: frozenset[str]
    gate_metrics: Mapping[str, GateMetric]


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What the algorithm reports while it trains.

    Args:
        objectives: metrics that a tuning job can optimise, with their direction.
        prefix: of an objective, before the name that `hyperparameter` lists.
        hyperparameter: lists, separated by commas, what is reported; None when a job always reports all of it.
        names: what it may list.
        with_threshold: those of them that may carry one, such as ``error@0.7``.
        misleading: objectives that the image computes wrongly, by what the job learns; they tell no models apart.
    """

    objectives: Mapping[str, Direction]
    prefix: str
    hyperparameter: str | None
    names: frozenset[str]
    with_threshold: frozenset[str]
    misleading: Mapping[str, frozenset[str]] = field(default_factory=dict)

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
        begins_with: first bytes of its content, which no format that runs code begins with.
        most_bytes: what the archive may unpack to; what is larger, the evaluation refuses.
    """

    file: str
    begins_with: bytes
    most_bytes: int


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What an endpoint of the algorithm takes and says.

    Args:
        content_type: of a request.
        accept: content type of its answer.
        answer: JSON pointer (https://www.rfc-editor.org/rfc/rfc6901) to the one number of an answer, such as
            ``/predictions/0/score``; empty when the answer is a number and nothing else.
        tolerance: by how much, relative or absolute, an answer may differ from that of the evaluation.
    """

    content_type: str
    accept: str
    answer: str
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One family of models.

    Args:
        name: in config/models/<name>.yaml.
        title: how messages call it.
        images: what trains, evaluates and serves.
        evaluation: script or folder (with a ``__main__.py``) below training_src/ that scores a candidate.
        input_mode: how a training job gets its channels.
        content_type: of the channels' files.
        channels: names of the training job's channels, by the prefix below a run's data.
        objective: how a training job is told what to learn.
        hyperparameters: what a training job takes.
        metrics: what a training job reports.
        problems: what it offers, by type of problem.
        longest_spot_wait_minutes: most that SageMaker lets a spot job of it wait.
        artifact: what it leaves.
        requests: what an endpoint of it takes and says.
        shares_endpoint: whether its models may lie behind one multi-model endpoint.
    """

    name: str
    title: str
    images: Images
    evaluation: str
    input_mode: Literal["File", "FastFile", "Pipe"]
    content_type: str
    channels: Mapping[str, str]
    objective: Objective
    hyperparameters: Hyperparameters
    metrics: Metrics
    problems: Mapping[str, Problem]
    longest_spot_wait_minutes: int
    artifact: Artifact
    requests: Requests
    shares_endpoint: bool

    @property
    def gate_metrics(self) -> dict[str, GateMetric]:
        """What its evaluation measures, of any problem."""
        return {name: metric for problem in self.problems.values() for name, metric in problem.gate_metrics.items()}
