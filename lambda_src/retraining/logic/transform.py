"""Files that a model answers by its schedule: whether there is anything new among them, and what answers them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from contract import run_names
from contract.calls.plan_transform import PlanTransform, TransformPlan
from contract.catalogue import BatchTransform
from contract.names import APP_TAG, MODEL_TAG
from contract.prefixes import TRANSFORMS_PREFIX, folder
from contract.settings import PlanTransform as Settings
from retraining.errors import InvalidInputError, NotConfiguredError
from retraining.logic import run_input
from shared import transforms
from shared.transforms import Order
from shared.versions import Version

_FORCE = "force"
# Settings that change no answer.
_OF_NO_RESULT = {"schedule", "enabled", "instance_type", "instance_count", "timeout_seconds"}


def settings_of(model: str, found: BatchTransform | None) -> BatchTransform:
    """How a model answers files.

    Raises:
        NotConfiguredError: its configuration does not say.
    """
    if found is None:
        raise NotConfiguredError(
            f"{model} has no batch_transform in its configuration; add it and deploy, or let files be answered once: "
            f"python -m perennial transform {model} --input s3://... --output s3://..."
        )
    return found


def is_forced(asked: PlanTransform) -> bool:
    """Whether somebody wants files answered that were answered before.

    Raises:
        InvalidInputError: the execution's input means something else, or nothing.
    """
    run_input.check(asked.input)
    if "test_run" in asked.input:
        raise InvalidInputError("test_run is of retraining; start this with the model and, if wanted, force")
    return asked.input.get(_FORCE) is True


def source(settings: BatchTransform, *, bucket_name: str) -> str:
    """S3 URI of the folder of the files."""
    return f"s3://{bucket_name}/{folder(TRANSFORMS_PREFIX, settings.input)}"


def digest(objects: Iterable[tuple[str, str, int]], *, settings: BatchTransform, version: Version) -> str | None:
    """SHA-256 of the files, of what answers them and how, in hex; None when there is no file.

    Args:
        objects: key, ETag and size in bytes of each object, in the order of the keys.
        settings: of the model.
        version: that answers.
    """
    asked = {name: value for name, value in settings.to_json().items() if name not in _OF_NO_RESULT}
    found, files = hashlib.sha256(json.dumps([version.arn, asked], sort_keys=True).encode()), 0
    for key, etag, size in objects:
        found.update(b"\n" + json.dumps([key, etag, size]).encode())
        # A folder that the console made, and a file without a record, have nothing to ask.
        files += size > 0
    return found.hexdigest() if files else None


def plan(
    asked: PlanTransform,
    *,
    settings: BatchTransform,
    place: Settings,
    version: Version,
    specification: Mapping[str, Any],
    digest: str,
) -> TransformPlan:
    """The job that answers the files.

    Args:
        asked: the run.
        settings: of the model.
        place: of the function.
        version: that answers.
        specification: its InferenceSpecification.
        digest: of the files, of what answers them and how.
    """
    bucket = f"s3://{place.artifact_bucket}"
    order = Order(
        model=asked.model,
        source=source(settings, bucket_name=place.artifact_bucket),
        target=f"{bucket}/{TRANSFORMS_PREFIX}{settings.output}",
        content_type=settings.content_type,
        accept=settings.accept,
        input_filter=settings.input_filter,
        joins=settings.joins,
        output_filter=settings.output_filter,
        instance_type=settings.instance_type,
        instance_count=settings.instance_count,
    )
    name = run_names.transform(place.app, model=asked.model, run_id=asked.run_id)
    return TransformPlan(
        outcome="answer",
        sagemaker_model=name,
        version=version.arn,
        job=transforms.request(
            order,
            sagemaker_model=name,
            specification=specification,
            key_id=place.key_arn,
            volume_key_id=place.key_arn,
        ),
        timeout_seconds=settings.timeout_seconds,
        source=order.source,
        target=order.target,
        digest=digest,
    )


def model(asked: PlanTransform, found: TransformPlan, *, app: str, specification: Mapping[str, Any]) -> dict[str, Any]:
    """CreateModel of the version that answers.

    Args:
        asked: the run.
        found: its plan.
        app: tag of what is made.
        specification: InferenceSpecification of the version.
    """
    return {
        "ModelName": found.sagemaker_model,
        **transforms.containers(specification),
        "ExecutionRoleArn": asked.role,
        **({"VpcConfig": dict(asked.network)} if asked.network else {}),
        "Tags": [{"Key": APP_TAG, "Value": app}, {"Key": MODEL_TAG, "Value": asked.model}],
    }


def left_over(names: Iterable[str], *, asked: PlanTransform, app: str) -> list[str]:
    """Of the names of SageMaker models those that earlier runs of the model left, when they were stopped or failed."""
    own = run_names.transform(app, model=asked.model, run_id=asked.run_id)
    return [name for name in names if name != own and run_names.is_of_transform(name, app=app, model=asked.model)]
