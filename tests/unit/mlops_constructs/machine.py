"""The state machine of the checked-in configuration, and what evaluates parts of it without a cloud."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from config import loader
from local_cloud.clock import VirtualClock
from local_cloud.step_functions import jsonata_functions
from mlops_constructs.deployment_definition import Deployment
from mlops_constructs.retraining_definition import Retraining, definition
from stacks import model_settings

State = dict[str, Any]
GATE = "Accuracy > 90%"
KEY = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
LONGEST_APP, LONGEST_MODEL = "a" * 12, "m" * 24
_FUNCTIONS = "arn:aws:lambda:us-east-1:111111111111:function"


def build(*, app: str = "perennial", gate_title: str = GATE, also: str | None = None) -> dict[str, Any]:
    """The definition; ``also`` is the name of one more model."""
    models = {
        model.name: model_settings.for_state_machine(model, job_name=f"{app}-{model.name}", key_arn=KEY)
        for model in loader.load().models
    }
    if also:
        models[also] = models["flight-delay"]
    deployment = Deployment(
        app=app,
        endpoint_name=f"{app}-sandbox",
        image_uri=IMAGE,
        serving_role_arn="arn:aws:iam::111111111111:role/serving",
        key_arn=KEY,
        instance_type="ml.m5.large",
        instance_count=1,
        table_name="state",
        stage_function_arn=f"{_FUNCTIONS}:stage",
        prove_function_arn=f"{_FUNCTIONS}:prove",
    )
    return definition(
        Retraining(
            app=app,
            models=models,
            gate_title=gate_title,
            bucket_name="artifacts",
            key_arn=KEY,
            table_name="state",
            image_uri=IMAGE,
            training_role_arn="arn:aws:iam::111111111111:role/training",
            results_function_arn=f"{_FUNCTIONS}:results",
            topic_arn="arn:aws:sns:us-east-1:111111111111:failures",
            deployment=deployment,
        )
    )


def followers(state: State) -> Iterator[str]:
    """Names of all states that may come next."""
    if "Next" in state:
        yield state["Next"]
    for catcher in [*state.get("Catch", []), *state.get("Choices", [])]:
        yield catcher["Next"]
    if "Default" in state:
        yield state["Default"]


def context(*, retry_count: int = 0, redrive_count: int = 0) -> dict[str, Any]:
    """The part of the context object that the definition reads."""
    machine = "arn:aws:states:us-east-1:111111111111:execution:perennial-retraining"
    return {
        "Execution": {
            "Id": f"{machine}:5b9a0d0e-6f0c-4f4e-9d1c-0123456789ab",
            "StartTime": "2026-03-01T12:34:56.789Z",
            "RedriveCount": redrive_count,
        },
        "State": {"RetryCount": retry_count},
    }


def evaluate(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value with its JSONata evaluated, as Step Functions does it.

    Raises:
        AssertionError: an expression gives nothing, which fails the state on AWS.
    """
    if isinstance(value, dict):
        return {key: evaluate(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, variables) for item in value]
    if not (isinstance(value, str) and value.startswith("{%") and value.endswith("%}")):
        return value
    bindings = "".join(f"${name} := {json.dumps(content)};" for name, content in variables.items())
    result = jsonata_functions.evaluate(f"({bindings} {value[2:-2].strip()})", clock=VirtualClock())
    assert result is not None, f"{value} gives nothing"
    return result


def choose(state: State, variables: Mapping[str, Any]) -> str:
    """Where a Choice goes."""
    for branch in state["Choices"]:
        if evaluate(branch["Condition"], variables):
            return str(branch["Next"])
    return str(state["Default"])


def identify(machine: dict[str, Any], model: Any, **counts: int) -> dict[str, Any]:
    """Variables after ``Identify Run``."""
    states = {"input": {} if model is None else {"model": model}, "context": context(**counts)}
    return {"states": states, **evaluate(machine["States"]["Identify Run"]["Assign"], {"states": states})}


def variables(machine: dict[str, Any], model: str = "flight-delay", **counts: int) -> dict[str, Any]:
    """All variables of a run that has come to its end."""
    found = identify(machine, model, **counts)
    found |= evaluate(machine["States"]["Load Configuration"]["Assign"], found)
    endpoint = machine["States"]["Describe Endpoint"]["Arguments"]["EndpointName"]
    return found | {
        "report": {"fingerprint": "f" * 64, "golden_request": "1,2,3"},
        "last_fingerprint": "",
        "training_job": f"job-{found['run_id']}-00",
        "training": {
            "value": 0.91,
            "model_data_url": f"s3://artifacts/models/{model}/job/output/model.tar.gz",
        },
        "model_package_arn": f"arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-{model}/1",
        "staged": {
            "model_data_prefix": f"s3://artifacts/deployments/{found['run_id']}/",
            "golden_requests": {f"{model}.tar.gz": "1,2,3"},
            "previous_endpoint_config": f"{endpoint}-before",
        },
        "serving_model": f"{endpoint}-{found['run_id']}-00",
        "endpoint_config": f"{endpoint}-{found['run_id']}-00",
        "polls": 0,
        "failure": {"Error": "E", "Cause": "c"},
    }
