"""Makes and runs state machines."""

import json
from typing import Any

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until

States = dict[str, Any]
JSONPATH = {"QueryLanguage": "JSONPath"}


def create(cloud: RunningCloud, role: str, name: str, states: States, **more: Any) -> str:
    """ARN of a new state machine; the first state is the first in the dict."""
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more}
    client = cloud.client("stepfunctions", ACCOUNT)
    made = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
    return str(made["stateMachineArn"])


def start(cloud: RunningCloud, machine: str, given: Any = None, **more: Any) -> str:
    """ARN of a new execution."""
    client = cloud.client("stepfunctions", ACCOUNT)
    started = client.start_execution(stateMachineArn=machine, input=json.dumps({} if given is None else given), **more)
    return str(started["executionArn"])


def ended(cloud: RunningCloud, execution: str) -> dict[str, Any]:
    """The execution's description when it is over."""
    client = cloud.client("stepfunctions", ACCOUNT)

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return until(look)


def events(cloud: RunningCloud, execution: str) -> list[dict[str, Any]]:
    """Its history so far."""
    client = cloud.client("stepfunctions", ACCOUNT)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]


def entered(cloud: RunningCloud, execution: str, event_type: str) -> dict[str, Any]:
    """The first event of a type, once it happened."""
    return until(lambda: next((event for event in events(cloud, execution) if event["type"] == event_type), None))


def run(
    cloud: RunningCloud, role: str, name: str, states: States, given: Any = None, **more: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The description of a whole execution of a new state machine, and its history."""
    execution = start(cloud, create(cloud, role, name, states, **more), given)
    return ended(cloud, execution), events(cloud, execution)
