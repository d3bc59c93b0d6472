"""Which container images have a stand-in, and how its programs are started.

A family of images is a package in `local_cloud.containers.sagemaker` that says itself what it stands for; lying there
is enough. Only these declarations are imported here, never the programs.
"""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local_cloud.containers import sagemaker
from local_cloud.containers.sagemaker.image import BuiltIn, Image
from local_cloud.kernel import interpreters
from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.kernel.interpreters import Interpreter

_TRAINING = f"{sagemaker.__name__}.training"
_SERVING = f"{sagemaker.__name__}.multi_model_server"
_SERVING_ONE = f"{sagemaker.__name__}.single_model_server"


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """An image's stand-in.

    Args:
        image: as its family declares it.
    """

    image: Image

    @property
    def interpreter(self) -> Interpreter:
        """Its Python."""
        return interpreters.of(self.image.packages, with_containers=True)

    @property
    def built_in(self) -> BuiltIn | None:
        """What SageMaker knows of its algorithm; None for an image whose jobs define their metrics."""
        return self.image.built_in

    def training(self, root: Path | str) -> list[str]:
        """How a training job is run whose ``/opt/ml`` is a folder.

        Raises:
            NotEmulatedError: it trains nothing.
        """
        return self._command(_TRAINING, self.program("train"), str(root))

    def serving(self, *, port: int, memory_bytes: int) -> list[str]:
        """How its multi-model server is started.

        Args:
            port: 0 for any.
            memory_bytes: how much the loaded models may take.

        Raises:
            NotEmulatedError: it serves nothing.
        """
        return self._command(_SERVING, self.program("serve"), str(port), str(memory_bytes))

    def serving_one(self, *, port: int, folder: str) -> list[str]:
        """How its server for one model is started.

        Args:
            port: 0 for any.
            folder: what the model's artifact was unpacked to.

        Raises:
            NotEmulatedError: it serves nothing.
        """
        return self._command(_SERVING_ONE, self.program("serve"), str(port), folder)

    def program(self, what: Literal["train", "serve"]) -> str:
        """The module that does something.

        Raises:
            NotEmulatedError: the image does no such thing.
        """
        module = self.image.train if what == "train" else self.image.serve
        if module is None:
            raise NotEmulatedError(f"the local cloud's image {self.image.name!r} does not {what}, choose another one")
        return module

    def _command(self, module: str, *arguments: str) -> list[str]:
        # Without the folder that it starts in, which is not the container's.
        return [self.interpreter.python, "-P", "-m", module, *arguments]


def find(uri: str) -> StandIn:
    """The stand-in of an image.

    Raises:
        NotEmulatedError: there is none.
    """
    images, name = declared(), uri.rsplit("/", maxsplit=1)[-1]
    if name not in images:
        raise NotEmulatedError(f"the local cloud has no image {name!r}, choose one of {sorted(images)}")
    return StandIn(image=images[name])


@functools.cache
def declared() -> Mapping[str, Image]:
    """All images that have a stand-in, by name; looked up once.

    Raises:
        LocalCloudError: two families stand for one image.
    """
    found: dict[str, Image] = {}
    for family in pkgutil.iter_modules(sagemaker.__path__, f"{sagemaker.__name__}."):
        if not family.ispkg:
            continue
        images: tuple[Image, ...] = importlib.import_module(family.name).IMAGES
        for image in images:
            if image.name in found:
                raise LocalCloudError(f"two folders of {sagemaker.__name__} stand for the image {image.name}, keep one")
            found[image.name] = image
    return found
