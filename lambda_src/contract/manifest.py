"""The manifest of a deployment: which version of which model lies under one immutable prefix.

The deployment's functions write it, and they and the command read it, those of deployments that an earlier version of
the app made included: a new field of a model needs a default that says what was meant without it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from contract import prefixes
from contract.family import BEFORE, Family
from contract.golden import Answer

# Written last: a prefix that has one is complete.
FILE = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """One model of a deployment.

    Args:
        model_package_arn: registered version.
        source: S3 URI that its artifact is copied from.
        digest: SHA-256 of the artifact, in hex.
        golden_request: body of a request.
        golden_answer: what the version answered to it when it was evaluated.
        family: how it is served.
    """

    model_package_arn: str
    source: str
    digest: str
    golden_request: str
    golden_answer: Answer
    family: Family = BEFORE

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read one model of manifest.json."""
        family = {"family": Family.from_json(content["family"])} if "family" in content else {}
        return cls(**{**content, **family})


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All models of a deployment by name."""

    deployment_id: str
    models: Mapping[str, ServedModel] = field(default_factory=dict)

    def versions(self) -> dict[str, str]:
        """ARN of the served version by model."""
        return {name: model.model_package_arn for name, model in self.models.items()}

    def as_dict(self) -> dict[str, Any]:
        """JSON of manifest.json."""
        return {
            "deployment_id": self.deployment_id,
            "models": {name: asdict(model) for name, model in self.models.items()},
        }


def from_dict(content: Mapping[str, Any]) -> Manifest:
    """Read manifest.json."""
    return Manifest(
        deployment_id=content["deployment_id"],
        models={name: ServedModel.from_dict(model) for name, model in content["models"].items()},
    )


def uri(model_data_prefix: str) -> str:
    """S3 URI of the manifest of a deployment.

    Args:
        model_data_prefix: S3 URI of the deployment's prefix.
    """
    return f"{model_data_prefix}{FILE}"


def artifact_uri(model_data_prefix: str, model: str) -> str:
    """S3 URI of a model's artifact in a deployment."""
    return f"{model_data_prefix}{target_model(model)}"


def folder(endpoint_name: str, *, first: str) -> str:
    """Key prefix of an endpoint's deployments.

    No name of an endpoint is like the id of a deployment, which begins with 14 digits: a prefix of names has at most 12
    characters.

    Args:
        endpoint_name: the endpoint.
        first: the account's first endpoint, whose deployments lie beside the folders of the others.
    """
    names = () if endpoint_name == first else (endpoint_name,)
    return prefixes.folder(prefixes.DEPLOYMENTS_PREFIX, *names) if names else prefixes.DEPLOYMENTS_PREFIX


def prefix(deployment_id: str, *, endpoint_name: str, first: str) -> str:
    """Key prefix of a deployment; the artifact of ``m`` is ``<prefix>m.tar.gz``.

    Args:
        deployment_id: its id.
        endpoint_name: as of `folder`.
        first: as of `folder`.
    """
    return prefixes.folder(folder(endpoint_name, first=first), deployment_id)


def target_model(model: str) -> str:
    """Key of a model's artifact below its prefix: what callers pass as TargetModel where models share an endpoint."""
    return f"{model}.tar.gz"
