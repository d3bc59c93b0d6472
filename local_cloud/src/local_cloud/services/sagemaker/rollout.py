"""Moves an endpoint's traffic to a new fleet, and watches the alarms meanwhile."""

from typing import Any

from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.cloudwatch import alarm_clock
from local_cloud.services.sagemaker import faults, fleet_start, variants
from local_cloud.services.sagemaker.deployment import Plan
from local_cloud.services.sagemaker.traffic import Serving, Traffic

_LOOK_SECONDS = 0.1


class RolloutError(LocalCloudError):
    """The update has to be rolled back."""


class SilentRollbackError(RolloutError):
    """It is rolled back without a reason that DescribeEndpoint would tell."""


def roll_out(endpoint: Any, traffic: Traffic, fresh: Serving, plan: Plan) -> None:
    """Shift the traffic step by step; waits are on the virtual clock.

    Raises:
        SilentRollbackError: a fault on order.
        RolloutError: an alarm is in ALARM, the new fleet died, or the time is up.
    """
    if faults.takes_silent_rollback(endpoint.arn):
        raise SilentRollbackError
    watch = _Watch(endpoint, fresh, plan)
    for number, share in enumerate(plan.shares):
        variants.mark_pending(endpoint, "ActivatingTraffic")
        traffic.shift(fresh, share)
        variants.mark_pending(endpoint, "Baking")
        last = number == len(plan.shares) - 1
        watch.bake(plan.termination_wait_seconds if last else plan.wait_seconds)


class _Watch:
    def __init__(self, endpoint: Any, fresh: Serving, plan: Plan) -> None:
        self._fresh, self._plan = fresh, plan
        self._clock = runtime.current().clock
        self._started = self._clock.timestamp()
        region, account_id = endpoint.arn.split(":")[3:5]
        self._alarms = cloudwatch_backends[account_id][region].alarms
        if plan.alarms:
            self._check_alarms_readable(endpoint)

    def bake(self, seconds: float) -> None:
        """Wait, and look after alarms, fleet and time at least once."""
        wake = self._clock.timestamp() + seconds
        self._check()
        while self._clock.timestamp() < wake:
            self._clock.sleep_until(wake, at_most_real_seconds=_LOOK_SECONDS)
            self._check()

    def _check(self) -> None:
        if self._plan.alarms:
            # The clock may have jumped over the rest of the baking time.
            alarm_clock.evaluate_due(self._clock.timestamp())
        in_alarm = [name for name in self._plan.alarms if self._tripped(self._alarms.get(name))]
        if in_alarm:
            raise RolloutError(
                f"One or more alarms were in ALARM during the deployment, it was rolled back: {', '.join(in_alarm)}"
            )
        if not self._fresh.fleet.is_running():
            raise RolloutError("The container of the new fleet died during the deployment, see the endpoint's log")
        maximum = self._plan.maximum_seconds
        if maximum is not None and self._clock.timestamp() - self._started > maximum:
            raise RolloutError(f"The deployment took longer than its maximum execution timeout of {maximum} seconds")

    def _tripped(self, alarm: Any) -> bool:
        return alarm is not None and (
            alarm.state_value == "ALARM" or getattr(alarm, "lc_last_in_alarm", 0.0) >= self._started
        )

    def _check_alarms_readable(self, endpoint: Any) -> None:
        """SageMaker reads the alarms as the execution role, which may lack the permission.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        """
        client = fleet_start.execution_session(endpoint, self._fresh.config_name).client("cloudwatch")
        try:
            found = client.describe_alarms(AlarmNames=list(self._plan.alarms))["MetricAlarms"]
        except ClientError as error:
            raise RolloutError(
                f"The execution role cannot read the alarms of the deployment: {error.response['Error']['Message']}"
            ) from error
        missing = sorted(set(self._plan.alarms) - {alarm["AlarmName"] for alarm in found})
        if missing:
            raise RolloutError(f"The deployment names alarms that do not exist: {', '.join(missing)}")
