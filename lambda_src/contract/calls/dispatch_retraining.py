"""What the one schedule calls: starts every model that became due since the last tick, and counts stale ones.

A model may be due to be retrained, and to answer files.
"""

from dataclasses import dataclass

from contract.calls.call import Call
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Tick(Record):
    """What came of a tick.

    Args:
        started: names of the models that are retrained.
        stale: names of the models without a success for too long.
        transforming: names of the models that answer files.
    """

    started: tuple[str, ...]
    stale: tuple[str, ...]
    transforming: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DispatchRetraining(Call[Tick]):
    """When.

    Args:
        scheduled_time: of the tick, as ISO 8601.
    """

    scheduled_time: str
