"""Which container images have a stand-in."""

from dataclasses import dataclass

from local_cloud.kernel.errors import NotEmulatedError

_PACKAGE = "local_cloud.containers.sagemaker"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image's programs, as modules.

    Args:
        train: runs a training job.
        serve: serves multi-model endpoints.
    """

    train: str
    serve: str


_IMAGES = {
    "sagemaker-xgboost:3.0-5": Image(train=f"{_PACKAGE}.xgboost_train", serve=f"{_PACKAGE}.multi_model_server"),
}


def find(uri: str) -> Image:
    """The stand-in of an image.

    Raises:
        NotEmulatedError: there is none.
    """
    name = uri.rsplit("/", maxsplit=1)[-1]
    if name not in _IMAGES:
        raise NotEmulatedError(f"the local cloud has no image {name!r}, choose one of {sorted(_IMAGES)}")
    return _IMAGES[name]


def covered() -> list[str]:
    """Names of all images that have one."""
    return sorted(_IMAGES)
