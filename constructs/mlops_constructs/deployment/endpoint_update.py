"""How an endpoint is updated: the traffic policy, and the states that wait for its end.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mlops_constructs.deployment.variables import ENDPOINT_NAME
from mlops_constructs.states import asl
from mlops_constructs.states.references import rendered

_POLL_SECONDS = 15
# Half an hour is SageMaker's own limit for a healthy model to answer.
_START_SECONDS = 3600
_LONGEST_EXECUTION_SECONDS = 28800


@dataclass(frozen=True, kw_only=True)
class UpdatePolicy:
    """How traffic moves from the old fleet to the new one.

    Args:
        type: all_at_once, canary or linear.
        step_percent: of the fleet; canary moves the rest at once after the first step.
        wait_seconds: between steps, while alarms may roll back.
        termination_wait_seconds: how long the old fleet waits after the last step.
    """

    type: Literal["all_at_once", "canary", "linear"] = "all_at_once"
    step_percent: int = 50
    wait_seconds: int = 0
    termination_wait_seconds: int = 0

    @property
    def seconds(self) -> int:
        """Longest time that a healthy update takes."""
        steps = math.ceil(100 / self.step_percent) if self.type == "linear" else 1
        return _START_SECONDS + steps * self.wait_seconds + self.termination_wait_seconds

    @property
    def bakes(self) -> bool:
        """Whether the update waits while alarms may roll it back; without a wait none could go off in time."""
        return bool(self.wait_seconds or self.termination_wait_seconds)


def deployment_config(policy: UpdatePolicy, *, alarms: Iterable[str] = ()) -> dict[str, Any]:
    """DeploymentConfig of UpdateEndpoint.

    Args:
        policy: how traffic moves.
        alarms: names of the CloudWatch alarms that roll back.
    """
    routing: dict[str, Any] = {"Type": policy.type.upper(), "WaitIntervalInSeconds": policy.wait_seconds}
    step = {"Type": "CAPACITY_PERCENT", "Value": policy.step_percent}
    if policy.type == "canary":
        routing["CanarySize"] = step
    elif policy.type == "linear":
        routing["LinearStepSize"] = step
    config: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": policy.termination_wait_seconds,
            "MaximumExecutionTimeoutInSeconds": min(policy.seconds, _LONGEST_EXECUTION_SECONDS),
        }
    }
    named = [{"AlarmName": name} for name in alarms]
    if named:
        config["AutoRollbackConfiguration"] = {"Alarms": named}
    return config


def max_polls(policy: UpdatePolicy) -> int:
    """Looks at the endpoint before its update counts as failed; twice the time, since a roll-back may come on top."""
    return 2 * policy.seconds // _POLL_SECONDS


def wait(
    *,
    wanted_config: str,
    names: tuple[str, str, str],
    max_polls: int,
    next_state: str,
    otherwise: str,
    on_failure: str,
) -> dict[str, asl.State]:
    """Wait until an endpoint is at rest; there is no ``updateEndpoint.sync``.

    Expects the variable ``polls`` and sets ``endpoint``.

    Args:
        wanted_config: JSONata for the name of the configuration that it shall serve.
        names: of the Wait, the Task and the Choice.
        max_polls: before giving up.
        next_state: when it is InService with the wanted configuration.
        otherwise: when it is at rest in any other way.
        on_failure: when it cannot be looked at.
    """
    pause, describe, decide = names
    return {
        pause: {"Type": "Wait", "Seconds": _POLL_SECONDS, "Next": describe},
        describe: asl.task(
            "aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName": rendered(ENDPOINT_NAME)},
            service="sagemaker",
            next_state=decide,
            on_failure=on_failure,
            timeout_seconds=60,
            assign={
                "endpoint": {
                    "status": "{% $states.result.EndpointStatus %}",
                    "config": "{% $states.result.EndpointConfigName %}",
                    "reason": "{% $exists($states.result.FailureReason) ? $states.result.FailureReason : '' %}",
                },
                "polls": "{% $polls + 1 %}",
            },
        ),
        decide: asl.choice(
            [
                (
                    (
                        "{% $endpoint.status in ['Creating', 'Updating', 'SystemUpdating', 'RollingBack']"
                        f" and $polls < {max_polls} %}}"
                    ),
                    pause,
                ),
                (f"{{% $endpoint.status = 'InService' and $endpoint.config = {wanted_config} %}}", next_state),
            ],
            default=otherwise,
        ),
    }
