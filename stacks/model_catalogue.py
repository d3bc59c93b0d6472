"""Turns the models' configuration into the catalogue that the functions read."""

import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from config import instance_types, schedules
from config.algorithm import Code
from config.ranges import CategoricalRange, NumericRange, Range
from config.schema import Model, WarehouseSource
from config.training_schema import Tuning
from contract import catalogue
from contract.family import Artifact, Family
from contract.names import Names
from stacks.script_archives import ENTRY

# Where a training job finds its script: a channel, which a container without a network has too, as an object of S3 that
# the container would have to fetch it has not. SageMaker's own SDK does so for jobs in isolation
# (https://github.com/aws/sagemaker-python-sdk, sagemaker/estimator.py, enable_network_isolation).
_CODE_CHANNEL = "code"
_CHANNELS = "/opt/ml/input/data"
# Starting a job and moving its data comes on top of the time the job itself may take.
_OVERHEAD_SECONDS = 1800


def build(
    models: Iterable[Model],
    *,
    names: Names,
    serving_instance: str,
    evaluation_uri: Callable[[str], str],
    code_uri: Callable[[Code, bool], str],
    script_uri: Callable[[str], str],
    library_uri: str,
    query_uri: Callable[[str], str],
    extract_job_name: Callable[[str], str],
) -> dict[str, catalogue.Model]:
    """Settings by model, of the account that retrains them.

    Args:
        models: their configuration.
        names: of the account, in whose region images are looked up.
        serving_instance: instance type of the account's endpoints.
        evaluation_uri: S3 URI of a file of training_src/.
        code_uri: S3 URI of the archive of a training script and what belongs to it, without or with a GPU.
        script_uri: S3 URI of a file of glue_scripts/.
        library_uri: S3 URI of what the scripts share.
        query_uri: S3 URI of a file of the configuration's queries/.
        extract_job_name: Glue job of a warehouse.
    """

    def source(model: Model) -> catalogue.Source:
        if isinstance(model.source, WarehouseSource):
            return catalogue.Source(
                type="warehouse",
                job=extract_job_name(model.source.warehouse),
                query=query_uri(model.source.query),
                window_days=model.source.window_days,
            )
        return catalogue.Source(type="s3")

    def retraining(model: Model) -> catalogue.Retraining:
        code = code_uri(model.family.code, model.trains_on_gpu) if model.family.code else None
        return catalogue.Retraining(
            schedule=schedule(model.schedule.expression, name=model.name),
            enabled=model.schedule.enabled,
            stale_after_days=model.stale_after_days,
            algorithm=_algorithm(
                model,
                region=names.region,
                serving=decided[model.name].family.image,
                evaluation_script=evaluation_uri(model.family.evaluation),
                code=code,
            ),
            problem_type=model.problem_type,
            source=source(model),
            etl=_etl(model, script_uri(model.etl.script), library_uri),
            training=_training(model, code),
            gate=catalogue.Gate(
                metric=model.gate.metric,
                threshold=model.gate.threshold,
                tolerance=model.gate.tolerance,
                greater_is_better=model.gate.greater_is_better,
                slices=tuple(model.gate.slices),
            ),
            tuning=_tuning(model, model.tuning, code) if model.tuning else None,
        )

    models = list(models)
    decided = {model.name: decisions(model, names=names, serving_instance=serving_instance) for model in models}
    return {
        model.name: replace(
            decided[model.name],
            retraining=retraining(model),
            batch_transform=_batch_transform(model, region=names.region, serving=decided[model.name].family.image),
        )
        for model in models
    }


def decisions(model: Model, *, names: Names, serving_instance: str) -> catalogue.Model:
    """The part of a model's settings that every account needs.

    Args:
        model: its configuration.
        names: of the account.
        serving_instance: instance type of the account's endpoints.

    Raises:
        ValueError: the model's serving image cannot use such an instance.
    """
    approval = model.approval
    return catalogue.Model(
        name=model.name,
        approval=catalogue.Approvals(sandbox=approval.sandbox, qa=approval.qa, prod=approval.prod),
        when_unapproved=model.when_unapproved,
        endpoint=names.endpoint_of(model.endpoint),
        family=_family(model, region=names.region, serving_instance=serving_instance),
    )


def framework_repositories(models: Iterable[Model], *, region: str, serving_instance: str) -> list[str]:
    """ARNs of the repositories of AWS's framework images, in which scripts of the models' own answer.

    Args:
        models: their configuration.
        region: of the account.
        serving_instance: instance type of the account's endpoints.
    """
    images = [model.family.images.for_serving(serving_instance) for model in models if model.family.code is not None]
    return sorted({image.repository_arn(region) for image in images if image is not None})


def gate_title(models: Iterable[Model]) -> str:
    """Name of the gate's Choice state: the gate itself when all models share one."""
    titles = {model.gate.title() for model in models}
    return titles.pop() if len(titles) == 1 else "Accuracy Gate"


def schedule(expression: str, *, name: str) -> catalogue.Rate | catalogue.Cron:
    """A schedule as the dispatcher looks it up.

    Args:
        expression: rate or cron.
        name: of the model; a fleet that starts at the same second would queue at every quota.
    """
    compiled = schedules.compile_expression(expression)
    if "rate_seconds" in compiled:
        seconds: int = compiled["rate_seconds"]
        return catalogue.Rate(rate_seconds=seconds, offset_seconds=zlib.crc32(name.encode()) % seconds)
    fields = {field.replace("-", "_"): tuple(values) for field, values in compiled.items() if values is not None}
    return catalogue.Cron(**fields)


def _algorithm(
    model: Model, *, region: str, serving: str, evaluation_script: str, code: str | None
) -> catalogue.Algorithm:
    family = model.family
    training = family.images.for_training(model.training.instance_type)
    if training is None:
        raise ValueError(f"no image of {family.title} trains on {model.training.instance_type}; choose another type")
    return catalogue.Algorithm(
        training_image=training.uri(region),
        evaluation_image=family.images.evaluation.uri(region),
        serving_image=serving,
        input_mode=family.input_mode,
        content_type=family.content_type,
        channels=family.channels,
        evaluation_script=evaluation_script,
        scoring=family.scoring,
        answers=_answers(model),
        inputs={**family.inputs, **({_CODE_CHANNEL: code} if code else {})},
        metric_definitions=family.metrics.definitions,
        environment=family.own_environment,
    )


def _batch_transform(model: Model, *, region: str, serving: str) -> catalogue.BatchTransform | None:
    found = model.batch_transform
    if found is None:
        return None
    image = model.family.images.for_serving(found.instance_type)
    if image is None or image.uri(region) != serving:
        raise ValueError(
            f"batch_transform.instance_type of model {model.name!r} is {found.instance_type}, which cannot run the "
            f"image that its versions are registered with ({serving}); choose a type like serving.instance_type in "
            "accounts.yaml"
        )
    return catalogue.BatchTransform(
        # Not in the second in which the model is retrained.
        schedule=schedule(found.schedule, name=f"{model.name}/batch-transform"),
        enabled=found.enabled,
        input=found.input,
        output=found.output,
        instance_type=found.instance_type,
        instance_count=found.instance_count,
        timeout_seconds=found.max_runtime_minutes * 60 + _OVERHEAD_SECONDS,
        content_type=found.content_type,
        accept=found.accept,
        input_filter=found.input_filter,
        joins=found.join,
        output_filter=found.output_filter,
    )


def _answers(model: Model) -> catalogue.Answers:
    answers = model.answers
    pointers = {"score": answers.score, "label": answers.label, "labelled_scores": answers.labelled_scores}
    return catalogue.Answers(
        held_out=model.family.requests.held_out,
        pointers={name: pointer for name, pointer in pointers.items() if pointer is not None},
        classes=answers.classes,
    )


def _family(model: Model, *, region: str, serving_instance: str) -> Family:
    family = model.family
    artifact, requests, image = family.artifact, family.requests, family.images.for_serving(serving_instance)
    if image is None:
        raise ValueError(
            f"no image of {family.title} serves model {model.name!r} on {serving_instance}; "
            "choose another serving.instance_type in accounts.yaml"
        )
    found = instance_types.family(serving_instance)
    if model.shares_endpoint and found is not None and found.accelerator is not None:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html
        raise ValueError(
            f"model {model.name!r} shares its endpoint, and SageMaker serves several models of {family.title} without "
            f"GPUs only, not on {serving_instance} (serving.instance_type in accounts.yaml); choose a type without, "
            "or give it `serving: {endpoint: own}`"
        )
    return Family(
        name=family.name,
        title=family.title,
        shares_endpoint=model.shares_endpoint,
        content_type=requests.content_type,
        accept=requests.accept,
        answer=requests.answer,
        tolerance=requests.tolerance,
        artifact=Artifact(
            file=artifact.file,
            begins_with=artifact.begins_with.hex(),
            most_bytes=artifact.most_bytes,
            holds=artifact.holds,
        ),
        image=image.uri(region),
        environment={**family.environment, **family.own_environment},
    )


def _etl(model: Model, script: str, library: str) -> catalogue.Etl:
    return catalogue.Etl(
        script=script,
        library=library,
        arguments={f"--{name}": value for name, value in model.etl.arguments.items()},
        worker_type=model.etl.worker_type,
        number_of_workers=model.etl.number_of_workers,
        timeout_minutes=model.etl.timeout_minutes,
        timeout_seconds=model.etl.timeout_minutes * 60 + _OVERHEAD_SECONDS,
    )


def _fixed(model: Model, code: str | None) -> dict[str, str]:
    """Hyperparameters that no model chooses: how a script is found.

    Reference: https://github.com/aws/sagemaker-training-toolkit, params.py.
    """
    fixed = dict(model.family.hyperparameters.fixed)
    if code is not None:
        archive = f"{_CHANNELS}/{_CODE_CHANNEL}/{code.rpartition('/')[2]}"
        fixed |= {"sagemaker_program": json.dumps(ENTRY), "sagemaker_submit_directory": json.dumps(archive)}
    return fixed


def _training(model: Model, code: str | None) -> catalogue.Training:
    training = model.training
    stopping: dict[str, int] = {"MaxRuntimeInSeconds": training.max_runtime_minutes * 60}
    if training.spot.enabled:
        stopping["MaxWaitTimeInSeconds"] = training.spot.max_wait_minutes * 60
    return catalogue.Training(
        hyperparameters={
            **training.sagemaker_hyperparameters(as_json=model.family.hyperparameters.as_json),
            **_fixed(model, code),
        },
        resource_config={
            "InstanceType": training.instance_type,
            "InstanceCount": training.instance_count,
            "VolumeSizeInGB": training.volume_gb,
        },
        stopping_condition=stopping,
        spot=training.spot.enabled,
        checkpoints=training.spot.enabled and model.family.checkpoints,
        timeout_seconds=max(stopping.values()) + _OVERHEAD_SECONDS,
    )


def _tuning(model: Model, tuning: Tuning, code: str | None) -> catalogue.Tuning:
    as_json = model.family.hyperparameters.as_json
    static = model.training.sagemaker_hyperparameters(as_json=as_json)
    return catalogue.Tuning(
        enabled=tuning.enabled,
        metric=tuning.metric,
        direction=model.family.metrics.objectives[tuning.metric],
        max_jobs=tuning.max_jobs,
        max_parallel_jobs=tuning.max_parallel_jobs,
        timeout_seconds=tuning.max_runtime_minutes * 60 + _OVERHEAD_SECONDS,
        parameter_ranges=_ranges(tuning.ranges, as_json=as_json),
        static_hyperparameters={
            **{name: value for name, value in static.items() if name not in tuning.ranges},
            **_fixed(model, code),
        },
    )


def _ranges(ranges: dict[str, Range], *, as_json: bool) -> dict[str, list[dict[str, Any]]]:
    """ParameterRanges of CreateHyperParameterTuningJob."""
    built: dict[str, list[dict[str, Any]]] = {
        "IntegerParameterRanges": [],
        "ContinuousParameterRanges": [],
        "CategoricalParameterRanges": [],
    }
    for name, found in sorted(ranges.items()):
        if isinstance(found, CategoricalRange):
            values = [json.dumps(value) if as_json else value for value in found.values]
            built["CategoricalParameterRanges"].append({"Name": name, "Values": values})
        else:
            kind = "IntegerParameterRanges" if found.type == "integer" else "ContinuousParameterRanges"
            built[kind].append(_numeric(name, found))
    return built


def _numeric(name: str, found: NumericRange) -> dict[str, str]:
    return {
        "Name": name,
        "MinValue": f"{found.min:.15g}",
        "MaxValue": f"{found.max:.15g}",
        "ScalingType": found.scaling,
    }
