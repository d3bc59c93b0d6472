"""How an endpoint's traffic moves to a new fleet: UpdateEndpoint's DeploymentConfig, checked and made into steps.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from local_cloud.kernel.errors import LocalCloudError

_MOST_WAIT, _LEAST_TIMEOUT, _MOST_TIMEOUT = 3600, 600, 28800
_MOST_ALARMS = 10
_LARGEST_STEP, _SMALLEST_LINEAR_STEP = Fraction(1, 2), Fraction(1, 10)
_SIZES = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}


class DeploymentError(LocalCloudError):
    """A deployment configuration that AWS refuses."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The course of one update.

    Args:
        shares: of the traffic that the new fleet has after each shift; the last one is 1.
        wait_seconds: baking time between two shifts.
        termination_wait_seconds: baking time after the last shift, with the old fleet still up.
        maximum_seconds: after which the update is rolled back; None for no bound.
        alarms: names of the alarms that roll it back.
    """

    shares: tuple[float, ...] = (1.0,)
    wait_seconds: float = 0.0
    termination_wait_seconds: float = 0.0
    maximum_seconds: float | None = None
    alarms: tuple[str, ...] = ()


def plan(config: Mapping[str, Any] | None, *, instances: int) -> Plan:
    """Make the plan of a deployment configuration; without one, all traffic shifts at once.

    Args:
        config: the DeploymentConfig parameter.
        instances: desired instance count of the new fleet.

    Raises:
        DeploymentError: it is wrong.
    """
    if not config:
        return Plan()
    alarms = tuple(item["AlarmName"] for item in (config.get("AutoRollbackConfiguration") or {}).get("Alarms") or ())
    if len(alarms) > _MOST_ALARMS:
        raise DeploymentError(
            "1 validation error detected: Value at 'deploymentConfig.autoRollbackConfiguration.alarms' failed to"
            f" satisfy constraint: Member must have length less than or equal to {_MOST_ALARMS}"
        )
    policy = config.get("BlueGreenUpdatePolicy")
    if not policy:
        return Plan(alarms=alarms)
    routing = policy["TrafficRoutingConfiguration"]
    wait = _within(routing, "WaitIntervalInSeconds", 0, _MOST_WAIT) or 0
    termination = _within(policy, "TerminationWaitInSeconds", 0, _MOST_WAIT) or 0
    maximum = _within(policy, "MaximumExecutionTimeoutInSeconds", _LEAST_TIMEOUT, _MOST_TIMEOUT)
    shares = _shares(routing, instances)
    baking = wait * (len(shares) - 1) + termination
    if maximum is not None and maximum <= baking:
        raise DeploymentError(
            f"MaximumExecutionTimeoutInSeconds {maximum} must be larger than the total waiting time of {baking} seconds"
            " specified in TerminationWaitInSeconds and WaitIntervalInSeconds"
        )
    return Plan(
        shares=shares,
        wait_seconds=wait,
        termination_wait_seconds=termination,
        maximum_seconds=maximum,
        alarms=alarms,
    )


def _within(holder: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = holder.get(name)
    if value is None:
        return None
    if not least <= value <= most:
        bound = f"less than or equal to {most}" if value > most else f"greater than or equal to {least}"
        raise DeploymentError(
            f"1 validation error detected: Value '{value}' at '{name[0].lower()}{name[1:]}' failed to satisfy"
            f" constraint: Member must have value {bound}"
        )
    return int(value)


def _shares(routing: Mapping[str, Any], instances: int) -> tuple[float, ...]:
    kind = routing["Type"]
    if kind not in {"ALL_AT_ONCE", *_SIZES}:
        raise DeploymentError(
            f"1 validation error detected: Value '{kind}' at 'deploymentConfig.blueGreenUpdatePolicy"
            ".trafficRoutingConfiguration.type' failed to satisfy constraint: Member must satisfy enum value set:"
            " [CANARY, LINEAR, ALL_AT_ONCE]"
        )
    surplus = [name for of, name in _SIZES.items() if of != kind and routing.get(name)]
    if surplus:
        raise DeploymentError(f"{surplus[0]} cannot be specified for traffic routing type {kind}, remove it")
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    step = _step(routing.get(_SIZES[kind]), name=_SIZES[kind], kind=kind, instances=instances)
    if kind == "CANARY":
        return (float(step), 1.0)
    if step < _SMALLEST_LINEAR_STEP:
        raise DeploymentError(
            f"LinearStepSize must be 10-50% of the variant's total instance count, got {float(step):.0%}"
        )
    return (*(float(step * number) for number in range(1, math.ceil(1 / step))), 1.0)


def _step(size: Mapping[str, Any] | None, *, name: str, kind: str, instances: int) -> Fraction:
    if not size:
        raise DeploymentError(f"{name} is required for traffic routing type {kind}")
    value = size["Value"]
    share = Fraction(value, instances if size["Type"] == "INSTANCE_COUNT" else 100)
    # One instance cannot be divided, so that every part of its fleet is all of it.
    if share > _LARGEST_STEP or instances == 1:
        asked = f"{value} of {instances} instances" if size["Type"] == "INSTANCE_COUNT" else f"{value} percent"
        raise DeploymentError(
            f"{name} must be less than or equal to 50% of the variant's total instance count, got {asked} with"
            f" {instances} instance{'s' if instances != 1 else ''}; use ALL_AT_ONCE or more instances"
        )
    return share
