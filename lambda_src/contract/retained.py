"""A deployment that can be gone back to: as the state table keeps it, and as the deployment workflow passes it on."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.container import Container
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Retained(Record):
    """A deployment whose configuration, model and artifacts still exist.

    Args:
        deployment_id: its id.
        endpoint_config: its endpoint configuration.
        serving_model: its SageMaker model.
        versions: ARN of the version by model.
        model_data_prefix: S3 URI of its artifacts.
        shape: instances, and their network.
        container: what serves them; None in what was written while there was only one.
    """

    deployment_id: str
    endpoint_config: str
    serving_model: str
    versions: Mapping[str, str]
    model_data_prefix: str
    shape: str
    container: Container | None = None
