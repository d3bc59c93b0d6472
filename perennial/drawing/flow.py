"""A state machine's definition as a graph.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """Why one state follows another; of two reasons the lower one is drawn."""

    NEXT = 1
    BRANCH = 2
    OTHERWISE = 3
    CATCH = 4


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One way from a state to another.

    Args:
        source: state that is left.
        target: state that follows.
        kind: why.
        detail: the condition or the errors, for a tooltip.
    """

    source: str
    target: str
    kind: Kind
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class State:
    """One state.

    Args:
        name: unique in the whole state machine.
        kind: its type, such as Task.
        action: what it does, in a few words.
        ends: nothing follows.
        inside: the flows in a Map or a Parallel.
    """

    name: str
    kind: str
    action: str
    ends: bool
    inside: tuple["Flow", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Flow:
    """States and the ways between them, one edge a pair of states.

    Args:
        start: first state.
        states: by name, in the order of the definition.
        edges: in the order of the definition.
    """

    start: str
    states: Mapping[str, State]
    edges: tuple[Edge, ...]

    def after(self, name: str, *, catches: bool = True) -> list[Edge]:
        """Ways out of a state."""
        return [edge for edge in self.edges if edge.source == name and (catches or edge.kind is not Kind.CATCH)]


def parse(definition: Mapping[str, Any]) -> Flow:
    """Read a definition.

    Raises:
        ValueError: a transition names a state that does not exist.
    """
    states = {name: _state(name, body) for name, body in definition["States"].items()}
    edges: dict[tuple[str, str], Edge] = {}
    for name, body in definition["States"].items():
        for edge in _edges(name, body):
            if edge.target not in states:
                raise ValueError(f"state {name!r} goes to {edge.target!r}, which is not a state of this definition")
            known = edges.get((edge.source, edge.target))
            if known is None or edge.kind < known.kind:
                edges[edge.source, edge.target] = edge
    start = definition["StartAt"]
    if start not in states:
        raise ValueError(f"StartAt names {start!r}, which is not a state of this definition")
    return Flow(start=start, states=states, edges=tuple(edges.values()))


def _state(name: str, body: Mapping[str, Any]) -> State:
    inside = [body[key] for key in ("ItemProcessor", "Iterator") if key in body] + list(body.get("Branches", []))
    return State(
        name=name,
        kind=body["Type"],
        action=_action(body),
        ends=body["Type"] in ("Succeed", "Fail") or bool(body.get("End")),
        inside=tuple(parse(branch) for branch in inside),
    )


# Fits a box; of longer ones the action alone says enough.
_LONGEST_ACTION = 34
_SERVICES = {
    "apigateway": "API Gateway",
    "applicationautoscaling": "Auto Scaling",
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "glue": "Glue",
    "lambda": "Lambda",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "sfn": "Step Functions",
    "sns": "SNS",
    "sqs": "SQS",
    "states": "Step Functions",
}


def _action(body: Mapping[str, Any]) -> str:
    if body["Type"] != "Task":
        seconds = body.get("Seconds")
        return f"Wait {seconds} s" if isinstance(seconds, int) else str(body["Type"])
    parts = str(body["Resource"]).split(":", 5)
    if parts[2] == "lambda":
        return "Lambda"
    service, _, action = parts[-1].removeprefix("aws-sdk:").partition(":")
    call = action.partition(".")[0]
    words = f"{_SERVICES.get(service, service)} · {call}"
    return words if len(words) <= _LONGEST_ACTION else call


def _edges(name: str, body: Mapping[str, Any]) -> list[Edge]:
    edges = []
    if "Next" in body:
        edges.append(Edge(source=name, target=body["Next"], kind=Kind.NEXT))
    for choice in body.get("Choices", []):
        condition = str(choice.get("Condition", "")).removeprefix("{%").removesuffix("%}").strip()
        edges.append(Edge(source=name, target=choice["Next"], kind=Kind.BRANCH, detail=condition))
    if "Default" in body:
        edges.append(Edge(source=name, target=body["Default"], kind=Kind.OTHERWISE, detail="otherwise"))
    for catcher in body.get("Catch", []):
        errors = ", ".join(catcher["ErrorEquals"])
        edges.append(Edge(source=name, target=catcher["Next"], kind=Kind.CATCH, detail=f"on {errors}"))
    return edges
