"""Turns the models' configuration into the catalogue that the functions read."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from config import schedules
from config.algorithm import Algorithm
from config.algorithms import ALGORITHMS, DEFAULT
from config.ranges import CategoricalRange, NumericRange, Range
from config.schema import Model, Tuning, WarehouseSource
from contract import catalogue
from contract.family import Artifact, Family

# Starting a job and moving its data comes on top of the time the job itself may take.
_OVERHEAD_SECONDS = 1800


def build(
    models: Iterable[Model],
    *,
    region: str,
    evaluation_uri: Callable[[str], str],
    script_uri: Callable[[str], str],
    library_uri: str,
    query_uri: Callable[[str], str],
    extract_job_name: Callable[[str], str],
) -> dict[str, catalogue.Model]:
    """Settings by model, of the account that retrains them.

    Args:
        models: their configuration.
        region: of the account, in which images are looked up.
        evaluation_uri: S3 URI of a file of training_src/.
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
        return catalogue.Retraining(
            schedule=schedule(model.schedule.expression, name=model.name),
            enabled=model.schedule.enabled,
            stale_after_days=model.stale_after_days,
            algorithm=_algorithm(
                model.family, region=region, evaluation_script=evaluation_uri(model.family.evaluation)
            ),
            problem_type=model.problem_type,
            source=source(model),
            etl=_etl(model, script_uri(model.etl.script), library_uri),
            training=_training(model),
            gate=catalogue.Gate(
                metric=model.gate.metric,
                threshold=model.gate.threshold,
                tolerance=model.gate.tolerance,
                greater_is_better=model.gate.greater_is_better,
                slices=tuple(model.gate.slices),
            ),
            tuning=_tuning(model, model.tuning) if model.tuning else None,
        )

    return {model.name: replace(decisions(model), retraining=retraining(model)) for model in models}


def decisions(model: Model) -> catalogue.Model:
    """The part of a model's settings that every account needs."""
    approval = model.approval
    return catalogue.Model(
        name=model.name,
        approval=catalogue.Approvals(sandbox=approval.sandbox, qa=approval.qa, prod=approval.prod),
        when_unapproved=model.when_unapproved,
        family=_family(model.family),
    )


def serving_image(models: Iterable[Model], *, region: str) -> str:
    """The image of the one endpoint that all models share.

    Args:
        models: of the account.
        region: of the account.

    Raises:
        ValueError: they need several, or an endpoint of their own.
    """
    families = {model.algorithm: model.family for model in models} or {DEFAULT: ALGORITHMS[DEFAULT]}
    images = sorted({family.images.serving.uri(region) for family in families.values()})
    if len(images) > 1 or not all(family.shares_endpoint for family in families.values()):
        raise ValueError(
            f"an account has one endpoint whose image all of its models share, got the algorithms {sorted(families)}; "
            f"choose such as are served by one image and may share an endpoint"
        )
    return images[0]


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


def _algorithm(family: Algorithm, *, region: str, evaluation_script: str) -> catalogue.Algorithm:
    return catalogue.Algorithm(
        training_image=family.images.training.uri(region),
        evaluation_image=family.images.evaluation.uri(region),
        serving_image=family.images.serving.uri(region),
        input_mode=family.input_mode,
        content_type=family.content_type,
        channels=family.channels,
        evaluation_script=evaluation_script,
    )


def _family(family: Algorithm) -> Family:
    artifact, requests = family.artifact, family.requests
    return Family(
        name=family.name,
        title=family.title,
        shares_endpoint=family.shares_endpoint,
        content_type=requests.content_type,
        accept=requests.accept,
        answer=requests.answer,
        tolerance=requests.tolerance,
        artifact=Artifact(file=artifact.file, begins_with=artifact.begins_with.hex(), most_bytes=artifact.most_bytes),
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


def _training(model: Model) -> catalogue.Training:
    training = model.training
    stopping: dict[str, int] = {"MaxRuntimeInSeconds": training.max_runtime_minutes * 60}
    if training.spot.enabled:
        stopping["MaxWaitTimeInSeconds"] = training.spot.max_wait_minutes * 60
    return catalogue.Training(
        hyperparameters=training.sagemaker_hyperparameters(),
        resource_config={
            "InstanceType": training.instance_type,
            "InstanceCount": training.instance_count,
            "VolumeSizeInGB": training.volume_gb,
        },
        stopping_condition=stopping,
        spot=training.spot.enabled,
        timeout_seconds=max(stopping.values()) + _OVERHEAD_SECONDS,
    )


def _tuning(model: Model, tuning: Tuning) -> catalogue.Tuning:
    static = model.training.sagemaker_hyperparameters()
    return catalogue.Tuning(
        enabled=tuning.enabled,
        metric=tuning.metric,
        direction=model.family.metrics.objectives[tuning.metric],
        max_jobs=tuning.max_jobs,
        max_parallel_jobs=tuning.max_parallel_jobs,
        timeout_seconds=tuning.max_runtime_minutes * 60 + _OVERHEAD_SECONDS,
        parameter_ranges=_ranges(tuning.ranges),
        static_hyperparameters={name: value for name, value in static.items() if name not in tuning.ranges},
    )


def _ranges(ranges: dict[str, Range]) -> dict[str, list[dict[str, Any]]]:
    """ParameterRanges of CreateHyperParameterTuningJob."""
    built: dict[str, list[dict[str, Any]]] = {
        "IntegerParameterRanges": [],
        "ContinuousParameterRanges": [],
        "CategoricalParameterRanges": [],
    }
    for name, found in sorted(ranges.items()):
        if isinstance(found, CategoricalRange):
            built["CategoricalParameterRanges"].append({"Name": name, "Values": list(found.values)})
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
