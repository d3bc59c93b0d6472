"""Orders to the local cloud's fault plan that befall the call of one Task state of one run."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from local_cloud.lifecycle import RunningCloud
from tests.faults.cells import State, operation_of

# A parameter of each operation that names the model, so that runs beside this one are left alone.
_NAMING = {
    "PutItem": "Item",
    "GetItem": "Key",
    "DeleteItem": "Key",
    "UpdateItem": "Key",
    "Invoke": "Payload",
    "StartJobRun": "Arguments",
    "CreateTrainingJob": "TrainingJobName",
    "CreateProcessingJob": "ProcessingJobName",
    "CreateHyperParameterTuningJob": "HyperParameterTuningJobName",
    "GetObject": "Key",
    "Publish": "Message",
    "StartExecution": "name",
    "DescribeExecution": "executionArn",
}
# What else tells two states of one operation apart.
_LITERALS = ("ConditionExpression", "FunctionName", "JobName")


def order(state: State, *, kind: str, principal: str, account_id: str, model: str = "", **more: Any) -> dict[str, Any]:
    """A fault of one state.

    Args:
        state: of the deployed definition.
        kind: of the fault.
        principal: name of the state machine's role.
        account_id: where it runs.
        model: name of the run's model; empty for all.
        more: fields of the fault, for example ``times``.
    """
    service, operation = operation_of(state)
    match: dict[str, str] = {}
    if isinstance(state["Arguments"], Mapping):
        given = state["Arguments"]
        match = {name: re.escape(given[name]) for name in _LITERALS if name in given and "{%" not in given[name]}
    if model:
        word = f"t-{hashlib.sha256(model.encode()).hexdigest()[:8]}" if "Tuning" in operation else model
        match[_NAMING[operation]] = f"(?s).*{word}.*"
    return {
        "kind": kind,
        "service": service,
        "operation": operation,
        "principal": principal,
        "account_id": account_id,
        "match": match,
        **more,
    }


def add(cloud: RunningCloud, fault: Mapping[str, Any]) -> str:
    """Put a fault into the plan; returns its id."""
    return str(cloud.control("faults", {"add": dict(fault)})["id"])


def hits(cloud: RunningCloud) -> dict[str, int]:
    """How often each fault of the plan struck."""
    return {fault["id"]: fault["hits"] for fault in cloud.control("faults", {"list": True})["faults"]}
