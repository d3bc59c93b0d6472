"""Turns a model's configuration into what the state machine reads."""

from collections.abc import Sequence
from typing import Any

from config.schema import Model

# Starting a job and moving its data comes on top of the time the job itself may take.
_OVERHEAD_SECONDS = 1800


def for_state_machine(model: Model, *, job_name: str, key_arn: str) -> dict[str, Any]:
    """One model's entry in the state machine's definition.

    Args:
        model: its configuration.
        job_name: its Glue job.
        key_arn: encrypts the training instance's volume.
    """
    training = model.training
    run_seconds = training.max_runtime_minutes * 60
    stopping: dict[str, int] = {"MaxRuntimeInSeconds": run_seconds}
    if training.spot.enabled:
        stopping["MaxWaitTimeInSeconds"] = training.spot.max_wait_minutes * 60
    return {
        "job_name": job_name,
        "etl_timeout_seconds": model.etl.timeout_minutes * 60 + _OVERHEAD_SECONDS,
        "hyperparameters": training.sagemaker_hyperparameters(),
        "resource_config": {
            "InstanceType": training.instance_type,
            "InstanceCount": training.instance_count,
            "VolumeSizeInGB": training.volume_gb,
            "VolumeKmsKeyId": key_arn,
        },
        "stopping_condition": stopping,
        "spot": training.spot.enabled,
        "training_timeout_seconds": max(stopping.values()) + _OVERHEAD_SECONDS,
        "gate": {"metric": model.gate.metric, "threshold": model.gate.threshold},
    }


def gate_title(models: Sequence[Model]) -> str:
    """Name of the gate's Choice state: the gate itself when all models share one."""
    titles = {model.gate.title() for model in models}
    return titles.pop() if len(titles) == 1 else "Metric > Threshold"
