"""An event on its way to one target."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.errors import LocalCloudError

# Gives an event to a bus: its keywords are those of `bus.receive`.
Receive = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An event on its way.

    Args:
        event: as the rule matched it.
        target: of the rule, by the names of PutTargets.
        rule_arn: of the rule.
        ingested: when the bus received the event, ISO 8601.
        forwarded: the event came from another bus.
    """

    event: Mapping[str, Any]
    target: Mapping[str, Any]
    rule_arn: str
    ingested: str
    forwarded: bool

    @property
    def region(self) -> str:
        """Of the rule."""
        return self.rule_arn.split(":")[3]

    @property
    def account_id(self) -> str:
        """Of the rule."""
        return self.rule_arn.split(":")[4]


class HopError(LocalCloudError):
    """An event that came from another bus does not go on to a third one."""
