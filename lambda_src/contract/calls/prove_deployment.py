"""State ``Prove Deployment``: every model answers its golden request, which also warms the endpoint's cache."""

from dataclasses import dataclass

from contract.calls.call import Call
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Proven(Record):
    """What was proven.

    Args:
        proven: number of models that answered as they did when they were evaluated: all of them.
    """

    proven: int


@dataclass(frozen=True, kw_only=True)
class ProveDeployment(Call[Proven]):
    """What is to be proven.

    Args:
        endpoint_name: the endpoint.
        deployment_id: that serves there now.
        model_data_prefix: S3 URI of its models.
    """

    endpoint_name: str
    deployment_id: str
    model_data_prefix: str
