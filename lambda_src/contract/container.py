"""What a deployment's SageMaker model runs: the container, made of its models' family, and read back from SageMaker.

One endpoint has one image, so all models of an endpoint agree on it. Models that share an endpoint are loaded from
below one prefix; the only model of an endpoint is unpacked by SageMaker, whose container finds it in /opt/ml/model.
Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract import manifest
from contract.family import Family
from contract.record import Record

_MULTI_MODEL = "MultiModel"


@dataclass(frozen=True, kw_only=True)
class Container(Record):
    """A serving container, without what it serves.

    Args:
        image: its URI.
        multi_model: whether several models may lie behind it, which it loads when they are asked.
        environment: its variables.
    """

    image: str
    multi_model: bool
    environment: Mapping[str, str] = field(default_factory=dict)

    def definition(self, model_data_prefix: str, *, models: Collection[str]) -> dict[str, Any]:
        """PrimaryContainer of CreateModel.

        Args:
            model_data_prefix: S3 URI of the deployment's prefix.
            models: names of those that lie there.

        Raises:
            ValueError: it can serve one model, and there are several.
        """
        found: dict[str, Any] = {"Image": self.image}
        if self.multi_model:
            found |= {"Mode": _MULTI_MODEL, "ModelDataUrl": model_data_prefix}
        elif len(models) == 1:
            found["ModelDataUrl"] = manifest.artifact_uri(model_data_prefix, *models)
        else:
            raise ValueError(f"an endpoint of {self.image} serves one model, got {', '.join(sorted(models)) or 'none'}")
        return {**found, **({"Environment": dict(self.environment)} if self.environment else {})}


def of(family: Family) -> Container:
    """The container that serves models of a family."""
    return Container(image=family.image, multi_model=family.shares_endpoint, environment=family.environment)


def read(definition: Mapping[str, Any]) -> Container:
    """The container of PrimaryContainer of DescribeModel."""
    return Container(
        image=definition["Image"],
        multi_model=definition.get("Mode") == _MULTI_MODEL,
        environment=definition.get("Environment", {}),
    )


def model_data_prefix(definition: Mapping[str, Any]) -> str:
    """S3 URI of the deployment's prefix, from PrimaryContainer of DescribeModel."""
    return str(definition["ModelDataUrl"]).rpartition("/")[0] + "/"
