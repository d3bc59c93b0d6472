"""State ``Find Endpoints``: which endpoints a deployment is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.calls.call import Call
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Endpoint(Record):
    """One endpoint.

    Args:
        name: of the endpoint.
        stem: what the names of its models and configurations begin with; see `contract.run_names`.
    """

    name: str
    stem: str


@dataclass(frozen=True, kw_only=True)
class Endpoints(Record):
    """Those to deploy to.

    Args:
        endpoints: one at least.
    """

    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, kw_only=True)
class FindEndpoints(Call[Endpoints]):
    """What is asked.

    Args:
        run_id: of the execution.
        input: of the execution: ``endpoint``, ``model`` or ``model_package`` say what it is about, without any of them
            it is about all endpoints.
    """

    run_id: str
    input: Mapping[str, Any]
