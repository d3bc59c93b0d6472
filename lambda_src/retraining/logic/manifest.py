"""The manifest of a deployment: which version of which model lies under one immutable prefix."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """One model of a deployment.

    Args:
        model_package_arn: registered version.
        source: S3 URI that its artifact is copied from.
        golden_request: one CSV line that the model must be able to answer.
    """

    model_package_arn: str
    source: str
    golden_request: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All models of a deployment by name; the artifact of ``m`` is ``<prefix>m.tar.gz``."""

    deployment_id: str
    models: Mapping[str, ServedModel] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """Key prefix of the deployment."""
        return f"deployments/{self.deployment_id}/"

    def key(self, model: str) -> str:
        """Key of a model's artifact."""
        return f"{self.prefix}{target_model(model)}"

    def as_dict(self) -> dict[str, Any]:
        """JSON of manifest.json."""
        return {
            "deployment_id": self.deployment_id,
            "models": {
                name: {
                    "model_package_arn": model.model_package_arn,
                    "source": model.source,
                    "golden_request": model.golden_request,
                }
                for name, model in self.models.items()
            },
        }


def from_dict(content: Mapping[str, Any]) -> Manifest:
    """Read manifest.json."""
    return Manifest(
        deployment_id=content["deployment_id"],
        models={name: ServedModel(**model) for name, model in content["models"].items()},
    )


def target_model(model: str) -> str:
    """What callers pass as TargetModel."""
    return f"{model}.tar.gz"


def successor(
    current: Manifest | None, *, bucket_name: str, deployment_id: str, name: str, model: ServedModel
) -> Manifest:
    """The next deployment: one model is new, all others come from where they serve now.

    Args:
        current: what serves now, None before the first deployment.
        bucket_name: where deployments lie.
        deployment_id: of the next one.
        name: of the new model.
        model: the new version.
    """
    kept = {}
    if current is not None:
        kept = {
            other: ServedModel(
                model_package_arn=served.model_package_arn,
                source=f"s3://{bucket_name}/{current.key(other)}",
                golden_request=served.golden_request,
            )
            for other, served in current.models.items()
        }
    return Manifest(deployment_id=deployment_id, models={**kept, name: model})
