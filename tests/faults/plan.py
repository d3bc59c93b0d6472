"""Orders to the local cloud's fault plan that befall one Task state."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from contract import keys
from local_cloud.api import RunningCloud
from tests.faults.cells import State, kind_of, operation_of

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
    "CreateTransformJob": "TransformJobName",
    "CreateHyperParameterTuningJob": "HyperParameterTuningJobName",
    "GetObject": "Key",
    "Publish": "Message",
    "StartExecution": "name",
    "DescribeExecution": "executionArn",
}
# What else tells two states of one operation apart.
_LITERALS = ("ConditionExpression", "FunctionName", "JobName", "Subject")
_JOBS = {
    "StartJobRun": "glue",
    "CreateTrainingJob": "training",
    "CreateHyperParameterTuningJob": "trial",
    "CreateProcessingJob": "processing",
    "CreateTransformJob": "transform",
}
_OF_AN_ENDPOINT = re.compile(r"{% (?:\$substring\()?'([^']+)' & \$endpoint_name\b")
OF_CALLS = ("throttle", "server_error", "lost_answer", "capacity", "hang")


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
    if kind in OF_CALLS:
        target = _call(state, principal=principal, model=model)
    elif kind_of(state) == "function":
        target = {"function": re.escape(state["Arguments"]["FunctionName"].rpartition(":")[2])}
    elif kind_of(state) == "job":
        target = {"job": _JOBS[operation_of(state)[1]], "name": _job_name(state, model)}
    else:
        target = {"operation": operation_of(state)[1]}
    return {"kind": kind, "account_id": account_id, **target, **more}


def word_of(model: str, *, tuning: bool) -> str:
    """What the names of a model's jobs have in them."""
    return f"t-{hashlib.sha256(model.encode()).hexdigest()[:8]}" if tuning else model


def add(cloud: RunningCloud, fault: Mapping[str, Any]) -> str:
    """Put a fault into the plan; returns its id."""
    return str(cloud.control("faults", {"add": dict(fault)})["id"])


def remove(cloud: RunningCloud, fault_id: str) -> None:
    """Take a fault out of the plan; what hangs goes on."""
    cloud.control("faults", {"remove": fault_id})


def hits(cloud: RunningCloud) -> dict[str, int]:
    """How often each fault of the plan struck."""
    return {fault["id"]: fault["hits"] for fault in cloud.control("faults", {"list": True})["faults"]}


def _call(state: State, *, principal: str, model: str) -> dict[str, Any]:
    service, operation = operation_of(state)
    match: dict[str, str] = {}
    if isinstance(state["Arguments"], Mapping):
        given = state["Arguments"]
        match = {name: found for name in _LITERALS if name in given and (found := _written(given[name]))}
        for name in ("Item", "Key"):
            key = given.get(name, {})
            found = _written(key.get("pk", {}).get("S", "")) if isinstance(key, Mapping) else ""
            if found:
                match[name] = f"(?s).*{found}.*"
    if model:
        word = word_of(model, tuning="Tuning" in operation)
        # What is told of an unknown model lists all that are known; the execution's own name does not.
        named = f"{word}-run-" if operation in {"PutItem", "Publish"} else word
        # Record Success writes without a condition, as nobody else does; its key tells it from the lease.
        key = f"(?=.*{keys.MODEL.prefix})" if operation == "PutItem" and "ConditionExpression" not in match else ""
        match[_NAMING[operation]] = f"(?s){key}.*{named}.*{_number(state)}"
    return {"service": service, "operation": operation, "principal": principal, "match": match}


def _written(text: str) -> str:
    """A pattern of what a call has; of what a deployment makes with its endpoint's name, of the text before the name.

    Empty for what else only the execution knows.
    """
    if "{%" not in text:
        return re.escape(text)
    literal = _OF_AN_ENDPOINT.match(text)
    return f".*{re.escape(literal[1])}.*" if literal else ""


def _number(state: State) -> str:
    """What the name of the job ends with by which a run's two transform jobs are told apart; empty for other states."""
    asked = str(state["Arguments"].get("ModelName", "")) if isinstance(state["Arguments"], Mapping) else ""
    return f"-{1 if '.candidate.' in asked else 2}-[0-9a-z]+" if asked else ""


def _job_name(state: State, model: str) -> str:
    operation = operation_of(state)[1]
    if operation != "StartJobRun":
        return f".*{word_of(model, tuning='Tuning' in operation)}.*{_number(state)}"
    # The plan knows a Glue run by its job, which all models share.
    job = state["Arguments"]["JobName"]
    return ".*-extract" if "{%" in job else re.escape(job)
