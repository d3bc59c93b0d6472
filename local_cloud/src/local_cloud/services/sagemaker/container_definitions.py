"""What the containers of a model are, once the versions of the registry that they name are looked up.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelPackageContainerDefinition.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker.model_data import ModelData


class NoPackageError(LocalCloudError):
    """A container names a version of the registry that is not there, or says nothing of how it is served."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A container.

    Args:
        name: its host name, or what SageMaker calls it in errors.
        image: URI of its image; empty if the definition has none.
        data: where its model lies; None for an image that brings its own, and for many models.
        prefix: below which its many models lie; None for one model.
        environment: variables of the container.
        others: members that are none of these.
    """

    name: str
    image: str
    data: ModelData | None = None
    prefix: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)


_READ = frozenset(
    {"Image", "Mode", "ModelDataUrl", "ModelDataSource", "Environment", "ContainerHostname", "ModelPackageName"}
)
# What of a version tells where it came from, and how it may be compiled or compared.
_TOLD = frozenset(
    {"ImageDigest", "ProductId", "ModelInput", "Framework", "FrameworkVersion", "NearestModelName", "ModelDataETag"}
)


def of(
    primary: Mapping[str, Any] | None, containers: Sequence[Mapping[str, Any]], *, backend: Any
) -> tuple[Definition, ...]:
    """The containers of a model.

    Args:
        primary: PrimaryContainer, which has the name primary.
        containers: Containers, which have the names container-1 and so on where they have no host names
            (https://github.com/aws/amazon-sagemaker-examples/issues/729).
        backend: moto's, of the account and region.

    Raises:
        NoPackageError: a version of the registry is not there, or says nothing of how it is served.
        ModelDataSourceError: one tells in no way that AWS takes where its model lies.
    """
    if primary:
        found = _resolved(primary, backend)
        if len(found) == 1:
            return (_definition(found[0], "primary"),)
    else:
        found = [item for container in containers for item in _resolved(container, backend)]
    return tuple(
        _definition(item, item.get("ContainerHostname") or f"container-{number}")
        for number, item in enumerate(found, 1)
    )


def _definition(container: Mapping[str, Any], name: str) -> Definition:
    many = container.get("Mode") == "MultiModel"
    return Definition(
        name=name,
        image=container.get("Image") or "",
        data=None if many else ModelData.of(container),
        prefix=(container.get("ModelDataUrl") or "") if many else None,
        environment=container.get("Environment") or {},
        others={member: value for member, value in container.items() if member not in _READ and value},
    )


def _resolved(container: Mapping[str, Any], backend: Any) -> Sequence[Mapping[str, Any]]:
    """The container itself, or those of the version that it names, with the variables that it adds."""
    name = container.get("ModelPackageName")
    if not name:
        return (container,)
    package = _package(name, backend)
    wanted = container.get("InferenceSpecificationName")
    specification = package.inference_specification
    if wanted:
        known = {item["Name"]: item for item in package.additional_inference_specifications or ()}
        if wanted not in known:
            raise NoPackageError(
                f"Model package {name} has no inference specification {wanted}, choose one of {sorted(known)}."
            )
        specification = known[wanted]
    found: Sequence[Mapping[str, Any]] = (specification or {}).get("Containers") or ()
    if not found:
        raise NoPackageError(f"Model package {name} has no InferenceSpecification, and so no container to serve it.")
    more = container.get("Environment") or {}
    return [
        {
            **{member: value for member, value in item.items() if member not in _TOLD},
            "Environment": {**(item.get("Environment") or {}), **more},
        }
        for item in found
    ]


def _package(name: str, backend: Any) -> Any:
    arn, owner = name, backend
    if not name.startswith("arn:"):
        arn = f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:model-package/{name.lower()}"
    _, _, _, region, account_id, _ = arn.split(":", 5)
    if (account_id, region) != (backend.account_id, backend.region_name):
        owner = sagemaker_backends[account_id][region]
    package = owner.model_packages.get(arn)
    if package is None:
        raise NoPackageError(f"ModelPackage {name} does not exist.")
    return package
