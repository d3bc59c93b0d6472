"""How long a training job may run and wait for instances, and how long it had some.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.kernel import runtime

_DAY_SECONDS = 86400


class TrainingTime:
    """The time of one job.

    MaxRuntimeInSeconds is for all that its containers run, MaxWaitTimeInSeconds for that and the waiting between. Both
    are of virtual time, in which a jump of the clock shortens a wait and ages nothing that runs.

    Args:
        stopping: StoppingCondition.
        spot: EnableManagedSpotTraining; other jobs never wait.
    """

    def __init__(self, stopping: Mapping[str, Any], *, spot: bool) -> None:
        self._running = float(stopping.get("MaxRuntimeInSeconds", _DAY_SECONDS))
        self._waiting = float(stopping.get("MaxWaitTimeInSeconds", self._running)) if spot else float("inf")
        self._begin = 0.0
        self._idle = 0.0

    @property
    def idle_seconds(self) -> float:
        """How long it had no instances, in real time, which is that of its timestamps."""
        return self._idle

    def begin(self) -> float:
        """Its containers run from now on; gives the virtual seconds after which they are stopped."""
        self._begin = runtime.current().clock.running_seconds()
        return max(min(self._running, self._waiting), 0.0)

    def end(self) -> None:
        """Its containers run no more."""
        passed = runtime.current().clock.running_seconds() - self._begin
        self._running -= passed
        self._waiting -= passed

    def is_waiting_over(self) -> bool:
        """Whether it is MaxWaitTimeInSeconds that is up, of a job whose time is."""
        return self._waiting < self._running

    def wait(self, seconds: float, *, goes_on: Callable[[], bool]) -> bool:
        """Wait for instances; False if its time is up before there are any.

        Args:
            seconds: until there are some.
            goes_on: the wait is given up once it is False.
        """
        pause, begin = max(min(seconds, self._waiting), 0.0), time.monotonic()
        runtime.current().clock.pause(pause, goes_on=goes_on)
        self._idle += time.monotonic() - begin
        is_in_time = seconds < self._waiting
        self._waiting -= pause
        return is_in_time
