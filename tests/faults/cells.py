"""Which fault can befall which Task state: derived from the definitions, with a reason where one cannot."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Mapping[str, Any]
Kind = Literal["call", "function", "job", "endpoint"]
WORKFLOWS = ("retraining", "deployment")
# Where the service of an integration has another name in boto3.
_CLIENTS = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "sfn": "stepfunctions",
}


@dataclass(frozen=True, kw_only=True, order=True)
class Cell:
    """One square of the matrix.

    Args:
        workflow: retraining or deployment.
        state: name of a Task state.
        fault: a key of `FAULTS`.
    """

    workflow: str
    state: str
    fault: str


def kind_of(state: State) -> Kind:
    """What sort of Task a state is."""
    resource = state["Resource"].split(":states:::")[1]
    if resource == "lambda:invoke":
        return "function"
    if resource.endswith(".sync"):
        return "job"
    return "endpoint" if resource in {"sagemaker:createEndpoint", "sagemaker:updateEndpoint"} else "call"


def operation_of(state: State) -> tuple[str, str]:
    """Name of boto3's client, and of the operation that starts the Task."""
    service, operation = (
        state["Resource"].split(":states:::")[1].removeprefix("aws-sdk:").removesuffix(".sync").split(":")
    )
    client = _CLIENTS.get(service, service)
    return client, operation[0].upper() + operation[1:]


def _always(_state: State) -> str | None:
    return None


def _only(*kinds: Kind) -> Callable[[State], str | None]:
    words = {"job": "starts no job", "function": "invokes no function", "endpoint": "changes no endpoint"}

    def reason(state: State) -> str | None:
        return None if kind_of(state) in kinds else " and ".join(words[kind] for kind in kinds)

    return reason


def _writes(state: State) -> str | None:
    _, operation = operation_of(state)
    return "a read changes nothing" if operation.startswith(("Get", "Describe", "List")) else None


def _updates(state: State) -> str | None:
    return None if operation_of(state)[1] == "UpdateEndpoint" else "updates no endpoint"


# What a fault is, and why a state is out of its reach.
FAULTS: Mapping[str, tuple[str, Callable[[State], str | None]]] = {
    "throttle": ("the call is throttled once", _always),
    "server_error": ("the call is answered with a server error once", _always),
    "lost_answer": ("the call takes effect and its answer is lost", _writes),
    "capacity": ("the quota is used up", _only("job", "endpoint")),
    "function_crash": ("the function's process dies", _only("function")),
    "function_timeout": ("the function's time is up", _only("function")),
    "job_failure": ("the job ends Failed", _only("job")),
    "job_hang": ("the job never ends", _only("job")),
    "job_crash": ("the job's process is killed", _only("job")),
    "partial_upload": ("a part of the job's results is uploaded", _only("job")),
    "endpoint_failure": ("the endpoint's new instances do not start", _only("endpoint")),
    "silent_rollback": ("the update ends InService with the old configuration", _updates),
    "kill": ("the server is killed while the Task is in flight", _always),
    "clock_jump": ("the clock jumps by a day while the Task is in flight", _always),
}


def tasks(definition: Mapping[str, Any]) -> dict[str, State]:
    """Task states by name.

    Not that of the Map: it starts another execution for each endpoint, whose own states are here, and what fails there
    is told in tests/unit/mlops_constructs/test_several_endpoints.py and tests/e2e/test_serving_groups.py.
    """
    return {name: state for name, state in definition["States"].items() if state["Type"] == "Task"}


def derive(workflow: str, definition: Mapping[str, Any]) -> Iterator[tuple[Cell, str | None]]:
    """Every cell of a workflow, with the reason why it is not applicable."""
    for name, state in tasks(definition).items():
        for fault, (_, reason) in FAULTS.items():
            yield Cell(workflow=workflow, state=name, fault=fault), reason(state)
