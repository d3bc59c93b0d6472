"""JSONata as Step Functions has it, without an execution."""

from typing import Any

from local_cloud.kernel.clock import VirtualClock
from local_cloud.services.step_functions import jsonata_functions


class _Stopped(VirtualClock):
    def __init__(self, timestamp: float) -> None:
        super().__init__()
        self._stopped_at = timestamp

    def timestamp(self) -> float:
        return self._stopped_at


def evaluate(expression: str, *, timestamp: float | None = None) -> Any:
    """What an expression gives; None when it gives nothing.

    Args:
        expression: without its delimiters.
        timestamp: seconds since the epoch for ``$now()`` and ``$millis()``; None for those of now.
    """
    return jsonata_functions.evaluate(expression, clock=VirtualClock() if timestamp is None else _Stopped(timestamp))
