"""State ``Record Deployment``: remembers what serves, appends to the history, and removes what nothing uses."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.calls.call import Call
from contract.calls.plan_deployment import Action
from contract.record import Record
from contract.retained import Retained


@dataclass(frozen=True, kw_only=True)
class Recorded(Record):
    """What was tidied up.

    Args:
        removed: names of the alarms, configurations, models and prefixes that nothing used any more.
    """

    removed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Removed(Record):
    """Nothing serves any more: what a deployment that removed the endpoint leaves behind, an object without fields."""


@dataclass(frozen=True, kw_only=True)
class RecordDeployment(Call[Recorded]):
    """What is recorded.

    Args:
        endpoint_name: the endpoint.
        deployment_id: of what was done, which names the row.
        recorded_at: time of the row.
        execution: ARN of the execution.
        action: what was done.
        changes: old and new version by model, for people.
        alarm_prefix: of all roll-back alarms of the endpoint.
        serving: what serves now.
        unapproved: models without an approved version.
    """

    endpoint_name: str
    deployment_id: str
    recorded_at: str
    execution: str
    action: Action
    changes: Mapping[str, str]
    alarm_prefix: str
    serving: Retained | Removed
    unapproved: tuple[str, ...] = ()
