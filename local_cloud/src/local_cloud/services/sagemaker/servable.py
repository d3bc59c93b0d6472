"""Which models an endpoint can serve here; what it cannot is refused when the endpoint is made, not minutes later."""

from collections.abc import Mapping, Sequence
from typing import Any

from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.services.sagemaker import images

# What of a container definition a fleet honours, and what only names things.
_HONOURED = frozenset({"Image", "Mode", "ModelDataUrl", "Environment", "ContainerHostname"})
_NEUTRAL: Mapping[str, Mapping[str, str]] = {
    "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
    "ImageConfig": {"RepositoryAccessMode": "Platform"},
}


class MissingModelError(LocalCloudError):
    """A model or configuration that an endpoint needs is gone."""


def container_of(backend: Any, config_name: str) -> tuple[Any, Mapping[str, Any]]:
    """The model of an endpoint configuration's only variant, and its container.

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
    name = variants[0].get("ModelName")
    model = backend._models.get(name)  # noqa: SLF001  # moto has no other way to it
    if model is None:
        arn = f"arn:aws:sagemaker:{backend.region_name}:{backend.account_id}:model/{name}"
        raise MissingModelError(f'Could not find model "{arn}".')
    return model, _only_container(model)


def _only_container(model: Any) -> Mapping[str, Any]:
    found: Sequence[Mapping[str, Any]] = model.containers or [model.primary_container or {}]
    name = model.model_name
    if len(found) != 1:
        raise NotEmulatedError(f"the local cloud serves models of one container, got {len(found)} in {name}")
    container = found[0]
    if not container.get("Image"):
        raise NotEmulatedError(
            f"the local cloud serves models that name an Image, got {sorted(container)} in {name}; name its Image and"
            " ModelDataUrl in CreateModel"
        )
    images.find(container["Image"]).program("serve")
    mode = container.get("Mode", "SingleModel")
    if mode != "MultiModel":
        raise NotEmulatedError(
            f"the local cloud serves models in the mode MultiModel, got {mode} in {name}; give its artifacts a prefix"
            " of their own and set Mode to MultiModel"
        )
    for member, value in container.items():
        if member not in _HONOURED and value and value != _NEUTRAL.get(member):
            raise NotEmulatedError(f"the local cloud does not serve models with {member}, got {value} in {name}")
    return container
