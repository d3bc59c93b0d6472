"""State ``Stage Deployment``: all models of the next deployment under a new, immutable prefix, and its alarms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.calls.call import Call
from contract.container import Container
from contract.family import Family
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Staged(Record):
    """Where the models are.

    Args:
        model_data_prefix: S3 URI of the new deployment.
        copied: models that this account still had.
        fetched: models that came from the registry's account.
        container: PrimaryContainer of CreateModel.
    """

    model_data_prefix: str
    copied: tuple[str, ...]
    fetched: tuple[str, ...]
    container: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RollBackAlarms(Record):
    """The alarms that watch the new fleet while an update lasts.

    Args:
        alarms: their names, by ``errors`` and ``latency``.
        endpoint_config: of the new fleet.
        variant_name: of its only variant.
        max_latency_ms: the average of a minute's answers that is still fast enough.
        tags: of the alarms.
    """

    alarms: Mapping[str, str]
    endpoint_config: str
    variant_name: str
    max_latency_ms: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Watch(Record):
    """The alarms that tell people of an endpoint for as long as it exists; those of the first one the stack has.

    Args:
        topic_arn: where they are announced.
        variant_name: of its only variant.
        max_latency_ms: the average of a minute's answers that is still fast enough.
        tags: of the alarms.
    """

    topic_arn: str
    variant_name: str
    max_latency_ms: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class StageDeployment(Call[Staged]):
    """What is staged.

    Args:
        endpoint_name: the endpoint.
        deployment_id: of the new deployment.
        versions: ARN of the version by model.
        alarm_prefix: of all roll-back alarms of the endpoint.
        model_data_prefix: S3 URI of what serves; empty when this is the first deployment.
        container: what serves the versions; None in executions of before an update of the stack.
        watch: None there too.
        roll_back: None where updates wait for no alarms.
        families: nothing; see `contract.calls.plan_deployment`.
    """

    endpoint_name: str
    deployment_id: str
    versions: Mapping[str, str]
    alarm_prefix: str
    model_data_prefix: str = ""
    container: Container | None = None
    watch: Watch | None = None
    roll_back: RollBackAlarms | None = None
    families: Mapping[str, Family] = field(default_factory=dict)
