"""A transformer that classifies texts: fine-tuned by Perennial's own script, or one of the user's, and served as it is.

Sources:
    https://github.com/aws/sagemaker-huggingface-inference-toolkit (what answers, and what it takes)
    https://github.com/aws/sagemaker-python-sdk, image_uri_config/huggingface.json (training images are for GPUs only)
    https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html (it shares no endpoint)
"""

import re
from typing import Annotated, Literal

from pydantic import StringConstraints, field_validator

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
from config.gate_metrics import GATE_METRICS, TEXT
from config.hyperparameters import Allowed, Hyperparameters
from config.problems import refuse
from config.ranges import NumericRange, Range
from config.variables import Variables

_OWN_SCRIPT, _SCRIPTS = "huggingface", "scripts"
_MODEL_CHANNEL = "model"
_S3 = "s3://"
_POSITIVE = Allowed(low=0, without_low=True)
_COUNT = Allowed(low=1, whole=True)
# What training_src/huggingface/train.py takes.
_VALUES = {
    "batch_size": _COUNT,
    "epochs": _COUNT,
    "learning_rate": _POSITIVE,
    "max_length": _COUNT,
    "seed": Allowed(low=0, whole=True),
    "weight_decay": Allowed(low=0),
}
_ALIASES = {"lr": "learning_rate", "num_train_epochs": "epochs", "train_batch_size": "batch_size"}
_RANGES: dict[str, Range] = {
    "batch_size": NumericRange(type="integer", min=8, max=64),
    "epochs": NumericRange(type="integer", min=1, max=5),
    "learning_rate": NumericRange(type="continuous", min=1e-6, max=1e-4, scaling="Logarithmic"),
    "weight_decay": NumericRange(type="continuous", min=0, max=0.1),
}
# What it writes into its log.
_OBJECTIVES: dict[str, Direction] = {"validation:accuracy": "Maximize", "validation:loss": "Minimize"}
_DEFINITIONS = {name: f"{name}=([0-9.eE+-]+)" for name in _OBJECTIVES}
# As the handler answers, without a class's probability but for the likeliest.
_GATE_METRICS = {name: metric for name, metric in GATE_METRICS[TEXT].items() if not metric.of_probabilities}
_MOST_BYTES = 8 * 1024**3
_LONGEST_WAIT_MINUTES = 28 * 24 * 60

_FOLDER = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9!_.*'()-]+/)+")
# On the Hugging Face Hub, with or without its owner.
_HUB_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*/)?[A-Za-z0-9][A-Za-z0-9_.-]*")


class Settings(FamilySettings):
    """Which transformer, and who trains it.

    Args:
        version: of the transformers library in the image that serves.
        model: what is fine-tuned: a folder in S3 that ends with a slash, or a name on the Hugging Face Hub.
        source: folder below training_src/scripts/ with train.py, inference.py and requirements.txt; None for
            Perennial's own script, and the image's own answers.
        environment: variables of the containers that train and serve.
    """

    type: Literal["huggingface"]
    version: Literal["5.5.3"] = "5.5.3"
    model: str
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] | None = None
    environment: Variables

    @field_validator("model")
    @classmethod
    def _can_be_found(cls, value: str) -> str:
        if value.startswith(_S3):
            if not _FOLDER.fullmatch(value):
                raise ValueError(
                    f"a folder in S3 is written s3://bucket/folder/ with a slash at its end, got {value!r}"
                )
        elif not _HUB_NAME.fullmatch(value):
            raise ValueError(
                "it is the name of a model on the Hugging Face Hub, with or without its owner, or s3://bucket/folder/, "
                f"got {value!r}"
            )
        return value

    @field_validator("environment")
    @classmethod
    def _leaves_names_to_others(cls, value: dict[str, str]) -> dict[str, str]:
        taken = sorted(name for name in value if name.startswith(("SM_", "SAGEMAKER_", "HF_TASK", "HF_MODEL_ID")))
        if taken:
            raise refuse(*(((name,), "SageMaker and Perennial set names like this; leave it out") for name in taken))
        return value


def algorithm(settings: Settings) -> Algorithm:
    """A transformer on Hugging Face's images."""
    in_s3 = settings.model.startswith(_S3)
    own = settings.source is None
    place = f"/opt/ml/input/data/{_MODEL_CHANNEL}" if in_s3 else settings.model
    return Algorithm(
        name=f"huggingface-{settings.version.replace('.', '-')}",
        title="a Hugging Face transformer",
        images=_images(settings.version),
        evaluation=xgboost.ALGORITHM.evaluation,
        scoring="transform",
        input_mode="File",
        content_type="text/plain",
        channels={"train": "train", "validation": "validation"},
        objective=None,
        hyperparameters=Hyperparameters(
            known=frozenset(_VALUES) if own else frozenset(),
            aliases=_ALIASES if own else {},
            tunable=frozenset(_RANGES) if own else frozenset(),
            ranges=_RANGES if own else {},
            page="docs/families.md",
            values=_VALUES if own else {},
            any=not own,
            as_json=True,
            fixed={"model": f'"{place}"'},
        ),
        metrics=Metrics(
            objectives=_OBJECTIVES,
            prefix="",
            hyperparameter=None,
            names=frozenset(_OBJECTIVES),
            with_threshold=frozenset(),
            definitions=_DEFINITIONS,
        ),
        problems={
            TEXT: Problem(
                tuning_metrics=frozenset(_OBJECTIVES),
                gate_metrics=_GATE_METRICS,
                answers=Answers(labelled_scores=""),
            )
        },
        checkpoints=True,
        longest_spot_wait_minutes=_LONGEST_WAIT_MINUTES,
        artifact=Artifact(
            most_bytes=_MOST_BYTES, holds=("config.json",) if own else ("config.json", "code/inference.py")
        ),
        # Threads add up the parts of a sum in any order.
        requests=Requests(
            content_type="application/json",
            accept="application/json",
            held_out="application/jsonlines",
            answer="",
            tolerance=1e-3,
        ),
        shared_endpoint=None,
        one_instance=own,
        inputs={_MODEL_CHANNEL: settings.model} if in_s3 else {},
        environment={"HF_TASK": "text-classification"},
        own_environment=settings.environment,
        code=Code(
            folder=_OWN_SCRIPT if own else f"{_SCRIPTS}/{settings.source}",
            training="train.py",
            inference=None if own else "inference.py",
            only_without_gpu=own,
        ),
        downloads=None if in_s3 else f"{settings.model!r} from the Hugging Face Hub",
    )


def _images(version: str) -> Images:
    def serving(processor: str, system: str) -> Image:
        return Image(
            repository="huggingface-pytorch-inference",
            tag=f"2.6.0-transformers{version}-{processor}-py312-{system}",
            registries=registries.HUGGING_FACE_INFERENCE,
        )

    return Images(
        # There is no image of Hugging Face's that trains without a GPU: PyTorch's, with the script's requirements.
        training=Image(repository="pytorch-training", tag="2.6.0-cpu-py312", registries=registries.PYTORCH_TRAINING),
        evaluation=xgboost.ALGORITHM.images.evaluation,
        serving=serving("cpu", "ubuntu22.04"),
        training_on_gpu=Image(
            repository="huggingface-pytorch-training",
            tag="2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04",
            registries=registries.HUGGING_FACE_TRAINING,
        ),
        serving_on_gpu=serving("gpu", "cu124-ubuntu22.04"),
    )
