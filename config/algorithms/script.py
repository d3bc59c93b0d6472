"""A training script of the user's own, in AWS's image of scikit-learn or PyTorch.

Sources:
    https://docs.aws.amazon.com/sagemaker/latest/dg/adapt-training-container.html
    https://github.com/aws/sagemaker-training-toolkit (what the script gets)
    https://github.com/aws/sagemaker-inference-toolkit (what answers)
    https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html (which images share an endpoint)
"""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from config import registries
from config.algorithm import (
    Algorithm,
    Answers,
    Artifact,
    Code,
    Direction,
    FamilySettings,
    Image,
    Images,
    Metrics,
    Problem,
    Requests,
)
from config.algorithms import xgboost
from config.gate_metrics import BINARY, GATE_METRICS, MULTICLASS, REGRESSION, TEXT
from config.hyperparameters import Hyperparameters
from config.problems import meant, refuse
from config.strict import Strict
from config.variables import Variables

_SCRIPTS = "scripts"
# CSV, label first, or JSON lines with an object each; what a client sends is the row without its label.
_HELD_OUT: dict[str, Literal["text/csv", "application/jsonlines"]] = {
    "text/csv": "text/csv",
    "application/json": "application/jsonlines",
}
# Weights of a model of a few hundred million parameters; Lambda's disk, which an artifact passes through, is as large.
_MOST_BYTES = 8 * 1024**3
# A run's longest time in SageMaker: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
_LONGEST_WAIT_MINUTES = 28 * 24 * 60
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MetricDefinition.html
_LONGEST_REGEX = 500
_MOST_METRICS = 40
# Python of PyTorch's images by version.
_PYTORCH = {"2.5.1": "py311", "2.6.0": "py312"}
_SKLEARN = ("1.2-1", "1.4-2")
_VERSIONS = {"pytorch": tuple(_PYTORCH), "scikit-learn": _SKLEARN}

Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]*)*$")]


class Metric(Strict):
    """What a script writes into its log, for SageMaker to read.

    Args:
        name: of the metric.
        regex: of a line; its one group is the number.
        direction: which of two numbers is better; a tuning job can only optimise what says so.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    regex: Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_REGEX)]
    direction: Direction | None = None

    @field_validator("regex")
    @classmethod
    def _has_one_group(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}; got {value!r}") from error
        if groups != 1:
            raise ValueError(f"it must have one group, that of the number, got {groups} in {value!r}")
        return value


class Answer(Strict):
    """What the endpoint says to one request; places are JSON pointers, empty for the whole answer.

    Args:
        accept: its content type; one answer a line.
        score: place of a number (of two classes the probability of 1), or of a list with each class's probability.
        label: place of the class that is answered.
        labelled_scores: place of a list of objects with ``label`` and ``score``.
        classes: of a list of scores, in their order; none for 0, 1, 2 and so on.
        tolerance: by how much, relative or absolute, a number may differ from that of the evaluation.
    """

    accept: Literal["application/json", "text/csv"] = "application/json"
    score: Pointer | None = None
    label: Pointer | None = None
    labelled_scores: Pointer | None = None
    classes: tuple[str, ...] = ()
    tolerance: float = Field(default=1e-5, gt=0, lt=1)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.score is None and self.label is None and self.labelled_scores is None:
            raise ValueError("say where score, label or labelled_scores are, as a JSON pointer such as /0; '' is all")
        return self


class Settings(FamilySettings):
    """Which image, which script, and what it says.

    Args:
        framework: whose image.
        version: of it.
        source: folder below training_src/scripts/ with train.py, inference.py, requirements.txt and what they import.
        environment: variables of the containers that train and serve; a model with some has an endpoint of its own.
        metrics: what the script reports.
        content_type: of a request to the endpoint, and so of the held-out part: application/json means JSON lines of
            objects with ``label`` and ``request``.
        answer: what the endpoint says.
    """

    type: Literal["script"]
    framework: Literal["scikit-learn", "pytorch"]
    version: str
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    environment: Variables
    metrics: tuple[Metric, ...] = Field(default=(), max_length=_MOST_METRICS)
    content_type: Literal["text/csv", "application/json"] = "text/csv"
    answer: Answer

    @model_validator(mode="after")
    def _there_is_such_an_image(self) -> Self:
        known = _VERSIONS[self.framework]
        if self.version not in known:
            raise refuse(
                (("version",), f"there is no image of {self.framework} {self.version!r}; {meant(self.version, known)}")
            )
        return self

    @field_validator("environment")
    @classmethod
    def _leaves_names_to_sagemaker(cls, value: dict[str, str]) -> dict[str, str]:
        if taken := sorted(name for name in value if name.startswith(("SM_", "SAGEMAKER_"))):
            raise refuse(*(((name,), "SageMaker and Perennial set names like this; rename it") for name in taken))
        return value

    @field_validator("metrics")
    @classmethod
    def _named_once(cls, value: tuple[Metric, ...]) -> tuple[Metric, ...]:
        names = [metric.name for metric in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"each name once, got {twice} more than once; rename one")
        return value


def algorithm(settings: Settings) -> Algorithm:
    """The image of a framework, with a script."""
    ending = f"{settings.framework}-{settings.version.replace('.', '-')}"
    answer = settings.answer
    answers = Answers(
        score=answer.score, label=answer.label, labelled_scores=answer.labelled_scores, classes=answer.classes
    )
    objectives = {metric.name: metric.direction for metric in settings.metrics if metric.direction}
    return Algorithm(
        name=ending,
        title=f"a script in {settings.framework} {settings.version}",
        images=_sklearn(settings.version) if settings.framework == "scikit-learn" else _pytorch(settings.version),
        evaluation=xgboost.ALGORITHM.evaluation,
        scoring="transform",
        input_mode="File",
        content_type=_HELD_OUT[settings.content_type],
        channels={"train": "train", "validation": "validation"},
        objective=None,
        hyperparameters=Hyperparameters(
            page="https://github.com/aws/sagemaker-training-toolkit", any=True, as_json=True
        ),
        metrics=Metrics(
            objectives=objectives,
            prefix="",
            hyperparameter=None,
            names=frozenset(metric.name for metric in settings.metrics),
            with_threshold=frozenset(),
            definitions={metric.name: metric.regex for metric in settings.metrics},
        ),
        problems={
            problem: Problem(tuning_metrics=frozenset(objectives), gate_metrics=GATE_METRICS[problem], answers=answers)
            for problem in (BINARY, MULTICLASS, REGRESSION, TEXT)
        },
        checkpoints=True,
        longest_spot_wait_minutes=_LONGEST_WAIT_MINUTES,
        artifact=Artifact(most_bytes=_MOST_BYTES, holds=("code/inference.py",)),
        requests=Requests(
            content_type=settings.content_type,
            accept=answer.accept,
            held_out=_HELD_OUT[settings.content_type],
            answer="",
            tolerance=answer.tolerance,
        ),
        # By its source AWS's image of scikit-learn, where it serves several models, starts with code from an archive in
        # S3 and looks for a model's own beside its files, not in code/ (serving_mms.py and handler_service.py of
        # https://github.com/aws/sagemaker-scikit-learn-container).
        shared_endpoint=None if settings.framework == "scikit-learn" else ending,
        # As SageMaker's SDK sets them of a model that has its code beside it.
        environment={"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        own_environment=settings.environment,
        code=Code(folder=f"{_SCRIPTS}/{settings.source}", training="train.py", inference="inference.py"),
    )


def _sklearn(version: str) -> Images:
    # One image trains and serves, without a GPU.
    image = Image(repository="sagemaker-scikit-learn", tag=f"{version}-cpu-py3", registries=registries.XGBOOST)
    return Images(training=image, evaluation=xgboost.ALGORITHM.images.evaluation, serving=image)


def _pytorch(version: str) -> Images:
    def image(use: str, processor: str) -> Image:
        newest = use == "inference" and version == "2.6.0"
        return Image(
            repository=f"pytorch-{use}",
            tag=f"{version}-{processor}-{_PYTORCH[version]}",
            registries=registries.DEEP_LEARNING if newest else registries.PYTORCH_TRAINING,
        )

    return Images(
        training=image("training", "cpu"),
        evaluation=xgboost.ALGORITHM.images.evaluation,
        serving=image("inference", "cpu"),
        training_on_gpu=image("training", "gpu"),
        serving_on_gpu=image("inference", "gpu"),
    )
