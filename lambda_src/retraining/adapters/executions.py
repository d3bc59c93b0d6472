"""Executions of the state machines that run for one model: retraining and batch transform."""

import json
from typing import Any


def start(client: Any, state_machine_arn: str, *, name: str, model: str) -> bool:
    """Start a run of a model; False when one of that name was started before."""
    try:
        client.start_execution(stateMachineArn=state_machine_arn, name=name, input=json.dumps({"model": model}))
    except client.exceptions.ExecutionAlreadyExists:
        return False
    return True
