"""Which models an endpoint can serve here; what it cannot is refused when the endpoint is made, not minutes later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.services.sagemaker import container_definitions, images
from local_cloud.services.sagemaker.container_definitions import Definition
from local_cloud.services.sagemaker.serving_process import START_SECONDS

# Members of a container definition that only name things, with the value that has no effect.
_NEUTRAL: Mapping[str, Mapping[str, str]] = {
    "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
    "ImageConfig": {"RepositoryAccessMode": "Platform"},
}


class MissingModelError(LocalCloudError):
    """A model or configuration that an endpoint needs is gone."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """A model that can be served.

    Args:
        name: of the model.
        role_arn: its execution role.
        containers: in the order of its definition.
        is_direct: whether a request names the container that answers it.
    """

    name: str
    role_arn: str
    containers: tuple[Definition, ...]
    is_direct: bool


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A production variant that can be served.

    Args:
        name: of the variant.
        model: that it serves.
        start_seconds: after which its containers must be healthy.
    """

    name: str
    model: Served
    start_seconds: float


def variant_of(backend: Any, config_name: str) -> Variant:
    """An endpoint configuration's only variant.

    Args:
        backend: moto's, of the account and region.
        config_name: of the endpoint configuration.

    Raises:
        MissingModelError: the configuration or its model is gone.
        NotEmulatedError: the local cloud cannot serve it; the message names what it cannot.
    """
    config = backend.endpoint_configs.get(config_name)
    if config is None:
        raise MissingModelError(f"the endpoint configuration {config_name} was deleted while the endpoint used it")
    variants: Sequence[Mapping[str, Any]] = config.production_variants
    if len(variants) != 1:
        raise NotEmulatedError(f"the local cloud serves one variant, got {len(variants)} in {config_name}")
    variant = variants[0]
    return Variant(
        name=str(variant["VariantName"]),
        model=model(backend, variant.get("ModelName")),
        start_seconds=float(variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or START_SECONDS),
    )


def model(backend: Any, name: str | None) -> Served:
    """A model.

    Args:
        backend: moto's, of the account and region.
        name: of the model.

    Raises:
        MissingModelError: it is gone, or a version of the registry that it names.
        NotEmulatedError: the local cloud cannot serve it; the message names what it cannot.
    """
    found = backend._models.get(name)  # noqa: SLF001  # moto has no other way to it
    if found is None:
        arn = f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:model/{name}"
        raise MissingModelError(f'Could not find model "{arn}".')
    try:
        containers = container_definitions.of(found.primary_container, found.containers, backend=backend)
    except container_definitions.NoPackageError as error:
        raise MissingModelError(str(error)) from error
    for container in containers:
        _check(container, found.model_name)
    execution = getattr(found, "inference_execution_config", None) or {}
    return Served(
        name=found.model_name,
        role_arn=found.execution_role_arn,
        containers=containers,
        is_direct=execution.get("Mode") == "Direct",
    )


def _check(container: Definition, name: str) -> None:
    if not container.image:
        raise NotEmulatedError(
            f"the local cloud serves containers that name an Image, the {container.name} container of {name} has none;"
            " name its Image in CreateModel"
        )
    images.find(container.image).program("serve")
    if container.prefix is not None and not container.prefix.endswith("/"):
        raise NotEmulatedError(
            f"the local cloud serves many models below a prefix that ends with a slash, got {container.prefix!r} as"
            f" ModelDataUrl in {name}"
        )
    for member, value in container.others.items():
        if value != _NEUTRAL.get(member):
            raise NotEmulatedError(f"the local cloud does not serve models with {member}, got {value} in {name}")
