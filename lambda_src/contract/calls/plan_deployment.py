"""State ``Plan Deployment``: compares the registry with what serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contract.calls.call import Call
from contract.container import Container
from contract.family import Family
from contract.record import Record
from contract.retained import Retained

Action = Literal["nothing to serve", "up to date", "known to fail", "restored", "deployed", "removed"]


@dataclass(frozen=True, kw_only=True)
class Serving(Record):
    """The endpoint as it was found.

    Args:
        status: EndpointStatus.
        endpoint_config: to go back to.
        model_data_prefix: S3 URI of what it serves.
    """

    status: str
    endpoint_config: str
    model_data_prefix: str


@dataclass(frozen=True, kw_only=True)
class Plan(Record):
    """What to do.

    Args:
        action: what.
        versions: ARN of the version to serve by model.
        unapproved: models that go on serving, or that were removed, although no version is approved.
        changes: old and new version by model, for people.
        serving: None without an endpoint.
        container: what serves the versions; None when nothing is to serve.
        families: nothing; executions of before an update of the stack pass it on, and would fail without it.
        restore: the deployment to go back to, with the action ``restored`` only.
    """

    action: Action
    versions: Mapping[str, str]
    unapproved: tuple[str, ...]
    changes: Mapping[str, str]
    serving: Serving | None = None
    container: Container | None = None
    families: Mapping[str, Family] = field(default_factory=dict)
    restore: Retained | None = None


@dataclass(frozen=True, kw_only=True)
class PlanDeployment(Call[Plan]):
    """What is asked.

    Args:
        endpoint_name: the endpoint.
        run_id: of the execution.
        shape: what the deployment would run on: instances, and their network.
        force: try again what failed.
        named: ARNs of versions that somebody approved or rejected.
    """

    endpoint_name: str
    run_id: str
    shape: str
    force: bool = False
    named: tuple[str, ...] = ()
