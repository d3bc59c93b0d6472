"""Plans of deployment configurations, with AWS's documented bounds."""

from typing import Any

import pytest

from local_cloud.services.sagemaker import deployment
from local_cloud.services.sagemaker.deployment import DeploymentError, Plan


def _config(kind: str, *, size: tuple[str, int] | None = None, wait: int = 0, **policy: int) -> dict[str, Any]:
    routing: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": wait}
    if size:
        name = "CanarySize" if kind == "CANARY" else "LinearStepSize"
        routing[name] = {"Type": size[0], "Value": size[1]}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **policy}}


PERCENT, COUNT = "CAPACITY_PERCENT", "INSTANCE_COUNT"


@pytest.mark.parametrize(
    ("config", "instances", "shares"),
    [
        (None, 1, (1.0,)),
        (_config("ALL_AT_ONCE"), 1, (1.0,)),
        (_config("CANARY", size=(PERCENT, 30)), 4, (0.3, 1.0)),
        (_config("CANARY", size=(COUNT, 1)), 2, (0.5, 1.0)),
        (_config("LINEAR", size=(PERCENT, 50)), 2, (0.5, 1.0)),
        (_config("LINEAR", size=(COUNT, 1)), 4, (0.25, 0.5, 0.75, 1.0)),
        (_config("LINEAR", size=(COUNT, 1)), 3, (1 / 3, 2 / 3, 1.0)),
        (_config("LINEAR", size=(PERCENT, 30)), 2, (0.3, 0.6, 0.9, 1.0)),
        (_config("LINEAR", size=(PERCENT, 10)), 2, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)),
    ],
)
def test_traffic_shifts_in_the_steps_that_were_asked_for(
    config: dict[str, Any] | None, instances: int, shares: tuple[float, ...]
) -> None:
    assert deployment.plan(config, instances=instances).shares == pytest.approx(shares)


def test_the_example_of_the_developer_guide_is_taken() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html
    config = _config(
        "CANARY",
        size=(PERCENT, 30),
        wait=600,
        TerminationWaitInSeconds=600,
        MaximumExecutionTimeoutInSeconds=1800,
    ) | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}
    assert deployment.plan(config, instances=4) == Plan(
        shares=(0.3, 1.0), wait_seconds=600, termination_wait_seconds=600, maximum_seconds=1800, alarms=("a",)
    )


@pytest.mark.parametrize(
    ("config", "instances", "message"),
    [
        (_config("CANARY", size=(COUNT, 1)), 1, "less than or equal to 50%"),
        (_config("CANARY", size=(PERCENT, 50)), 1, "less than or equal to 50%"),
        (_config("CANARY", size=(PERCENT, 51)), 10, "less than or equal to 50%"),
        (_config("CANARY", size=(COUNT, 2)), 3, "less than or equal to 50%"),
        (_config("LINEAR", size=(PERCENT, 9)), 100, "10-50%"),
        (_config("LINEAR", size=(COUNT, 1)), 11, "10-50%"),
        (_config("CANARY"), 2, "CanarySize is required"),
        (_config("LINEAR"), 2, "LinearStepSize is required"),
        (_config("SIDEWAYS"), 2, "enum value set"),
        (_config("ALL_AT_ONCE", wait=3601), 1, "less than or equal to 3600"),
        (_config("ALL_AT_ONCE", TerminationWaitInSeconds=3601), 1, "less than or equal to 3600"),
        (_config("ALL_AT_ONCE", MaximumExecutionTimeoutInSeconds=599), 1, "greater than or equal to 600"),
        (_config("ALL_AT_ONCE", MaximumExecutionTimeoutInSeconds=28801), 1, "less than or equal to 28800"),
        (
            _config("CANARY", size=(PERCENT, 10), wait=500, TerminationWaitInSeconds=100)
            | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"a{number}"} for number in range(11)]}},
            2,
            "less than or equal to 10",
        ),
        (
            _config("CANARY", size=(PERCENT, 10), wait=500, TerminationWaitInSeconds=100, MaximumExecutionTimeoutInSeconds=600),
            2,
            "larger than the total waiting time of 600 seconds",
        ),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_refused(config: dict[str, Any], instances: int, message: str) -> None:
    with pytest.raises(DeploymentError, match=message):
        deployment.plan(config, instances=instances)


def test_a_size_of_another_routing_type_is_refused() -> None:
    config = _config("CANARY", size=(PERCENT, 10))
    config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] = "ALL_AT_ONCE"
    with pytest.raises(DeploymentError, match="CanarySize cannot be specified"):
        deployment.plan(config, instances=2)
