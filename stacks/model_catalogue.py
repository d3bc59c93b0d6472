"""Turns the models' configuration into the catalogue that the functions read."""

import zlib
from collections.abc import Callable, Iterable
from typing import Any

from config import schedules
from config.ranges import CategoricalRange, NumericRange, Range
from config.schema import Model, Tuning, WarehouseSource

# Starting a job and moving its data comes on top of the time the job itself may take.
_OVERHEAD_SECONDS = 1800


def build(
    models: Iterable[Model],
    *,
    script_uri: Callable[[str], str],
    library_uri: str,
    query_uri: Callable[[str], str],
    extract_job_name: Callable[[str], str],
) -> dict[str, Any]:
    """Settings by model.

    Args:
        models: their configuration.
        script_uri: S3 URI of a file of glue_scripts/.
        library_uri: S3 URI of what the scripts share.
        query_uri: S3 URI of a file of the configuration's queries/.
        extract_job_name: Glue job of a warehouse.
    """

    def source(model: Model) -> dict[str, Any]:
        if isinstance(model.source, WarehouseSource):
            return {
                "type": "warehouse",
                "job": extract_job_name(model.source.warehouse),
                "query": query_uri(model.source.query),
                "window_days": model.source.window_days,
            }
        return {"type": "s3"}

    return {
        model.name: {
            **decisions(model),
            "schedule": _schedule(model),
            "enabled": model.schedule.enabled,
            "stale_after_days": model.stale_after_days,
            "problem_type": model.problem_type,
            "source": source(model),
            "etl": _etl(model, script_uri(model.etl.script), library_uri),
            "training": _training(model),
            "tuning": _tuning(model, model.tuning) if model.tuning else None,
            "gate": {
                "metric": model.gate.metric,
                "threshold": model.gate.threshold,
                "tolerance": model.gate.tolerance,
                "greater_is_better": model.gate.greater_is_better,
                "slices": list(model.gate.slices),
            },
        }
        for model in models
    }


def decisions(model: Model) -> dict[str, Any]:
    """The part of a model's settings that every account needs."""
    return {
        "name": model.name,
        "approval": model.approval.model_dump(),
        "when_unapproved": model.when_unapproved,
    }


def gate_title(models: Iterable[Model]) -> str:
    """Name of the gate's Choice state: the gate itself when all models share one."""
    titles = {model.gate.title() for model in models}
    return titles.pop() if len(titles) == 1 else "Accuracy Gate"


def _schedule(model: Model) -> dict[str, Any]:
    compiled = schedules.compile_expression(model.schedule.expression)
    if "rate_seconds" in compiled:
        # A fleet that starts at the same second would queue at every quota.
        compiled["offset_seconds"] = zlib.crc32(model.name.encode()) % compiled["rate_seconds"]
    return compiled


def _etl(model: Model, script: str, library: str) -> dict[str, Any]:
    return {
        "script": script,
        "library": library,
        "arguments": {f"--{name}": value for name, value in model.etl.arguments.items()},
        "worker_type": model.etl.worker_type,
        "number_of_workers": model.etl.number_of_workers,
        "timeout_minutes": model.etl.timeout_minutes,
        "timeout_seconds": model.etl.timeout_minutes * 60 + _OVERHEAD_SECONDS,
    }


def _training(model: Model) -> dict[str, Any]:
    training = model.training
    stopping: dict[str, int] = {"MaxRuntimeInSeconds": training.max_runtime_minutes * 60}
    if training.spot.enabled:
        stopping["MaxWaitTimeInSeconds"] = training.spot.max_wait_minutes * 60
    return {
        "hyperparameters": training.sagemaker_hyperparameters(),
        "resource_config": {
            "InstanceType": training.instance_type,
            "InstanceCount": training.instance_count,
            "VolumeSizeInGB": training.volume_gb,
        },
        "stopping_condition": stopping,
        "spot": training.spot.enabled,
        "timeout_seconds": max(stopping.values()) + _OVERHEAD_SECONDS,
    }


def _tuning(model: Model, tuning: Tuning) -> dict[str, Any]:
    static = model.training.sagemaker_hyperparameters()
    return {
        "enabled": tuning.enabled,
        "metric": tuning.metric,
        "direction": model.family.metrics.objectives[tuning.metric],
        "max_jobs": tuning.max_jobs,
        "max_parallel_jobs": tuning.max_parallel_jobs,
        "timeout_seconds": tuning.max_runtime_minutes * 60 + _OVERHEAD_SECONDS,
        "parameter_ranges": _ranges(tuning.ranges),
        "static_hyperparameters": {name: value for name, value in static.items() if name not in tuning.ranges},
    }


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
