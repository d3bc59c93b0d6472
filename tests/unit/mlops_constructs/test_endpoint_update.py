"""Every update policy that config/ allows, against SageMaker's model and limits."""

import itertools
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from pydantic import ValidationError

from config import accounts_schema
from mlops_constructs.deployment import endpoint_update
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.surroundings import Deployment
from tests.unit.mlops_constructs import machine, requests

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
_LONGEST_SECONDS = 28800


def _shape() -> Any:
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model("UpdateEndpoint").input_shape
    assert shape is not None
    return shape.members["DeploymentConfig"]


def _allowed() -> list[UpdatePolicy]:
    """Policies on the corners of what the schema allows."""
    found = []
    for kind, step, wait, termination in itertools.product(
        ("all_at_once", "canary", "linear"), (10, 33, 50), (0, 60, 600, 3600), (0, 3600)
    ):
        try:
            given = accounts_schema.UpdatePolicy(
                type=kind,  # type: ignore[arg-type]  # one of the three
                step_percent=step,
                wait_seconds=wait,
                termination_wait_seconds=termination,
            )
        except ValidationError:
            continue
        found.append(UpdatePolicy(**given.model_dump()))
    return found


def test_many_policies_are_allowed() -> None:
    assert len(_allowed()) > 40
    assert {policy.type for policy in _allowed()} == {"all_at_once", "canary", "linear"}


@pytest.mark.parametrize("policy", _allowed(), ids=str)
def test_an_allowed_policy_is_what_the_service_takes(policy: UpdatePolicy) -> None:
    config = endpoint_update.deployment_config(policy, alarms=("errors", "latency"))
    report = ParamValidator().validate(config, _shape())
    assert not report.has_errors(), report.generate_report()
    assert not list(requests.violations(config, _shape(), "DeploymentConfig"))


@pytest.mark.parametrize("policy", _allowed(), ids=str)
def test_an_allowed_policy_ends_before_the_service_gives_up(policy: UpdatePolicy) -> None:
    blue_green = endpoint_update.deployment_config(policy)["BlueGreenUpdatePolicy"]
    steps = {"all_at_once": 1, "canary": 1, "linear": -(-100 // policy.step_percent)}[policy.type]
    waiting = steps * policy.wait_seconds + policy.termination_wait_seconds
    assert waiting < blue_green["MaximumExecutionTimeoutInSeconds"] <= _LONGEST_SECONDS


@pytest.mark.parametrize("policy", _allowed(), ids=str)
def test_the_workflow_outwaits_every_allowed_update_and_its_way_back(policy: UpdatePolicy) -> None:
    timeout = endpoint_update.deployment_config(policy)["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"]
    waited = endpoint_update.max_polls(policy) * 15
    back = endpoint_update.max_polls(UpdatePolicy()) * 15
    assert timeout < waited
    assert waited + back < machine.deployment(policy=policy)["TimeoutSeconds"]


@pytest.mark.parametrize(
    ("policy", "routing"),
    [
        (UpdatePolicy(), {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}),
        (
            UpdatePolicy(type="canary", step_percent=20, wait_seconds=300),
            {
                "Type": "CANARY",
                "WaitIntervalInSeconds": 300,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 20},
            },
        ),
        (
            UpdatePolicy(type="linear", step_percent=25, wait_seconds=60),
            {
                "Type": "LINEAR",
                "WaitIntervalInSeconds": 60,
                "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
            },
        ),
    ],
)
def test_traffic_moves_as_configured(policy: UpdatePolicy, routing: dict[str, Any]) -> None:
    config = endpoint_update.deployment_config(policy)
    assert config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] == routing


def test_alarms_roll_back_and_no_alarm_is_no_roll_back() -> None:
    assert "AutoRollbackConfiguration" not in endpoint_update.deployment_config(UpdatePolicy())
    config = endpoint_update.deployment_config(UpdatePolicy(), alarms=("a", "b"))
    assert config["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "a"}, {"AlarmName": "b"}]}


@pytest.mark.parametrize(
    ("policy", "bakes"),
    [
        (UpdatePolicy(), False),
        (UpdatePolicy(type="canary", wait_seconds=1), True),
        (UpdatePolicy(termination_wait_seconds=1), True),
    ],
)
def test_only_an_update_that_waits_can_be_rolled_back(policy: UpdatePolicy, bakes: bool) -> None:
    assert policy.bakes is bakes


def test_the_policy_of_the_schema_is_the_policy_of_the_construct() -> None:
    fields = set(accounts_schema.UpdatePolicy.model_fields)
    assert fields == set(UpdatePolicy.__dataclass_fields__)
    assert "update_policy" in Deployment.__dataclass_fields__
