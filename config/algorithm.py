"""What Perennial must know of an algorithm, as one value: `config.algorithms` has a module for each family.

Everything that depends on the family of a model is a field here; whoever needs it asks the model's algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from config import instance_types
from config.errors import UnknownRegionError
from config.hyperparameters import Allowed, Hyperparameters
from config.strict import Strict

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
        training: what trains; None where nothing does without a GPU.
        evaluation: what has Python, and scores a candidate with the script of `Algorithm.evaluation`.
        serving: what answers behind an endpoint.
        training_on_gpu: what trains on an instance with GPUs; None where they would be paid for and not used.
        serving_on_gpu: what answers on one.
    """

    training: Image | None
    evaluation: Image
    serving: Image
    training_on_gpu: Image | None = None
    serving_on_gpu: Image | None = None

    def for_training(self, instance_type: str) -> Image | None:
        """What trains on instances of a type; None where no image can use it."""
        return _by_processor(instance_type, cpu=self.training, gpu=self.training_on_gpu)

    def for_serving(self, instance_type: str) -> Image | None:
        """What answers on instances of a type; None where no image can use it."""
        return _by_processor(instance_type, cpu=self.serving, gpu=self.serving_on_gpu)


def _by_processor(instance_type: str, *, cpu: Image | None, gpu: Image | None) -> Image | None:
    found = instance_types.family(instance_type)
    if found is None or found.accelerator is None:
        return cpu
    return gpu if found.accelerator == "gpu" else None


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
        of_probabilities: whether it needs the probability of each class, not the class alone.
        of_scores: whether it needs a score beside the class, probability or not.
    """

    greater_is_better: bool
    share: bool
    spoken: str
    percent: bool = False
    of_probabilities: bool = False
    of_scores: bool = False


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Where the parts of an answer are that the evaluation measures, as JSON pointers; empty for the whole of it.

    Args:
        score: a number, of two classes the probability of 1; or a list with the probability of each class.
        label: the class that is answered; None where it is the one with the highest score.
        labelled_scores: a list of objects with a ``label`` and its ``score``.
        classes: of a list of scores, in their order; none for 0, 1, 2 and so on.
    """

    score: str | None = None
    label: str | None = None
    labelled_scores: str | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What the algorithm offers for one type of problem.

    Args:
        objectives: what it may learn, as its `Objective.hyperparameter` names it; empty without an objective.
        tuning_metrics: objective metrics of a tuning job that say something about the problem.
        gate_metrics: what its evaluation measures, by name.
        required: hyperparameters that a job for this problem must have besides `Hyperparameters.required`.
        values: what hyperparameters may be for this problem.
        classes_only: objectives after which an answer is a class without its probability, where otherwise its score is.
        answers: what an answer has, where a batch transform job asks for it.
    """

    objectives: frozenset[str] = frozenset()
    tuning_metrics: frozenset[str]
    gate_metrics: Mapping[str, GateMetric]
    required: frozenset[str] = frozenset()
    values: Mapping[str, Allowed] = field(default_factory=dict)
    classes_only: frozenset[str] = frozenset()
    answers: Answers = field(default_factory=Answers)


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
        definitions: regular expression by name of what a script writes into its log, which the job is told to look for;
            a built-in algorithm has its own.
    """

    objectives: Mapping[str, Direction]
    prefix: str
    hyperparameter: str | None
    names: frozenset[str]
    with_threshold: frozenset[str]
    misleading: Mapping[str, frozenset[str]] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)

    def is_known(self, name: str) -> bool:
        """Whether the hyperparameter may list it."""
        base, at, threshold = name.partition("@")
        if not at:
            return name in self.names
        return base in self.with_threshold and bool(threshold) and set(threshold) <= set("0123456789.")


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What a model.tar.gz of the algorithm holds.

    Where an algorithm has a format of its own, an archive holds one file and anything else is not served, since a
    pickle, say, would run code. The archive of a user's own script holds code anyway.

    Args:
        file: the only member of the archive; empty where it holds several.
        begins_with: first bytes of its content, which no format that runs code begins with.
        most_bytes: what the archive may unpack to; what is larger, the evaluation refuses.
        holds: members that an archive of several must have.
    """

    file: str = ""
    begins_with: bytes = b""
    most_bytes: int
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Code:
    """A script of the user's own that trains, and what answers later.

    Args:
        folder: below training_src/, with everything that the script needs.
        training: name of the file that trains.
        inference: name of the file that answers; None where the image answers by itself, and the model needs no code
            beside it.
        only_without_gpu: whether the image for GPUs has what requirements.txt names for the other one.
    """

    folder: str
    training: str
    inference: str | None
    only_without_gpu: bool = False


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What an endpoint of the algorithm takes and says.

    Args:
        content_type: of a request.
        accept: content type of its answer.
        held_out: content type of the held-out part: ``text/csv`` with the label in its first column, or
            ``application/jsonlines`` with objects of a ``label`` and a ``request``.
        answer: JSON pointer (https://www.rfc-editor.org/rfc/rfc6901) to what is compared of an answer, such as
            ``/predictions/0/score``; empty for the whole of it.
        tolerance: by how much, relative or absolute, a number of an answer may differ from that of the evaluation.
    """

    content_type: str
    accept: str
    held_out: Literal["text/csv", "application/jsonlines"] = "text/csv"
    answer: str
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One family of models, with the settings of one model.

    Args:
        name: of the family, in config/models/<name>.yaml; what differs in the format of its artifacts has another one.
        title: how messages call it.
        images: what trains, evaluates and serves.
        evaluation: script or folder (with a ``__main__.py``) below training_src/ that scores a candidate.
        scoring: who lets a candidate answer the held-out rows: the evaluation's script, in the image itself, or a batch
            transform job with what serves.
        input_mode: how a training job gets its channels.
        content_type: of the channels' files.
        channels: names of the training job's channels, by the prefix below a run's data.
        objective: how a training job is told what to learn; None where a script of the user's own decides.
        hyperparameters: what a training job takes.
        metrics: what a training job reports.
        problems: what it offers, by type of problem.
        checkpoints: whether a training job goes on where an interrupted one was, from what lies in its checkpoints.
        one_instance: whether what trains cannot divide its work among several instances.
        longest_spot_wait_minutes: most that SageMaker lets a spot job of it wait.
        artifact: what it leaves.
        requests: what an endpoint of it takes and says.
        shared_endpoint: what the name of the endpoint that its models share ends with, empty for the first one; None
            where each must have its own.
        inputs: S3 URI by name of further channels of a training job.
        environment: variables of the container that serves, the same for every model of the family.
        own_environment: variables of the containers that train and serve this one model.
        code: the user's own script; None where the image has all that is needed.
        downloads: what its training job fetches from the internet; None for nothing.
    """

    name: str
    title: str
    images: Images
    evaluation: str
    scoring: Literal["script", "transform"]
    input_mode: Literal["File", "FastFile", "Pipe"]
    content_type: str
    channels: Mapping[str, str]
    objective: Objective | None
    hyperparameters: Hyperparameters
    metrics: Metrics
    problems: Mapping[str, Problem]
    checkpoints: bool
    longest_spot_wait_minutes: int
    artifact: Artifact
    requests: Requests
    shared_endpoint: str | None
    one_instance: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    own_environment: Mapping[str, str] = field(default_factory=dict)
    code: Code | None = None
    downloads: str | None = None

    @property
    def gate_metrics(self) -> dict[str, GateMetric]:
        """What its evaluation measures, of any problem."""
        return {name: metric for problem in self.problems.values() for name, metric in problem.gate_metrics.items()}

    @property
    def environment_is_own(self) -> bool:
        """Whether its serving container has variables that are not those of every model of the family."""
        return bool(self.own_environment)


class FamilySettings(Strict):
    """What a model may say of its algorithm; each family has a subclass with its own fields."""

    type: str
