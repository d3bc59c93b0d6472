"""Which container images have a stand-in, and how its programs are started.

A family of images is a package in `local_cloud.containers.sagemaker` that says itself what it stands for; lying there
is enough. Only these declarations are imported here, never the programs.
"""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from local_cloud.containers import sagemaker
from local_cloud.containers.sagemaker.image import BuiltIn, Image
from local_cloud.kernel import environments, interpreters
from local_cloud.kernel.environments import Environment, Run
from local_cloud.kernel.errors import LocalCloudError, NotEmulatedError
from local_cloud.kernel.interpreters import Interpreter

_TRAINING = f"{sagemaker.__name__}.training"
_OWN_PROGRAM = f"{sagemaker.__name__}.own_program"
_SERVING = f"{sagemaker.__name__}.multi_model_server"
_SERVING_ONE = f"{sagemaker.__name__}.single_model_server"


class NotInstalledError(NotEmulatedError):
    """An image is there, but not the environment that it runs in."""


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """An image's stand-in.

    Args:
        image: as its family declares it.
        layers: environments that pip makes for it, the topmost first; none for an image of this machine's packages.
        linked: names of this machine's packages, below them.
    """

    image: Image
    layers: tuple[Environment, ...] = ()
    linked: tuple[str, ...] = ()

    @property
    def interpreter(self) -> Interpreter:
        """Its Python.

        Raises:
            NotInstalledError: it is not installed.
        """
        self.check_installed()
        return interpreters.of(
            self.linked, with_containers=True, layers=tuple(environment.place for environment in self.layers)
        )

    @property
    def is_installed(self) -> bool:
        """Its jobs can start."""
        return all(environment.is_installed for environment in self.layers)

    def check_installed(self) -> None:
        """Refuse an image that nobody installed.

        Raises:
            NotInstalledError: with the command that installs it.
        """
        if not self.is_installed:
            raise NotInstalledError(
                f"the image {self.image.name!r} is not installed here, make it with"
                f" `python -m local_cloud images install {self.image.name}`"
            )

    def install(self, tell: Callable[[str], None] = lambda _: None, *, run: Run = environments.run_here) -> None:
        """Let pip make what is not there of its environments.

        Args:
            tell: gets what pip says, a line each.
            run: runs pip.

        Raises:
            InstallError: pip failed.
        """
        for environment in reversed(self.layers):
            environment.install(tell, run=run)

    def with_requirements(self, requirements: str, *, file: Path | None = None) -> "StandIn":
        """The same image with what a user's requirements ask for on top, which is made once for the same text.

        Args:
            requirements: text of the file.
            file: where it stands; what it names, such as ``-r other.txt``, lies beside. None for a text that names no
                files.
        """
        own = Environment(
            requirements=requirements,
            below=self.layers,
            linked=self.linked,
            file=file,
        )
        return replace(self, layers=(own, *self.layers))

    @property
    def built_in(self) -> BuiltIn | None:
        """What SageMaker knows of its algorithm; None for an image whose jobs define their metrics."""
        return self.image.built_in

    def training(self, root: Path | str, *, scripted: bool = False) -> list[str]:
        """How a training job is run whose ``/opt/ml`` is a folder.

        Args:
            root: the folder.
            scripted: whether it runs a program of its user's.

        Raises:
            NotEmulatedError: it trains nothing.
        """
        return self._command(_TRAINING, self.program("script" if scripted else "train"), str(root))

    def own_program(self, command: Sequence[str], *, folder: Path) -> list[str]:
        """How a program of a job's own is run.

        Args:
            command: the program; ``python`` and ``python3`` are the image's.
            folder: is made for what it installs.
        """
        return self._command(_OWN_PROGRAM, str(folder), *command)

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

    def program(self, what: Literal["train", "script", "serve"]) -> str:
        """The module that does something.

        Raises:
            NotEmulatedError: the image does no such thing, or is not installed.
        """
        does = {"train": "train", "script": "run scripts", "serve": "serve"}[what]
        module: str | None = getattr(self.image, what)
        if module is None:
            raise NotEmulatedError(f"the local cloud's image {self.image.name!r} does not {does}, choose another one")
        self.check_installed()
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
    return stand_in(images[name])


def stand_in(image: Image) -> StandIn:
    """How an image runs here: in its own environment, if it has one, on top of those of its base.

    Raises:
        LocalCloudError: its base is no image.
    """
    if image.base is None:
        below = StandIn(image=image, linked=image.packages)
    elif image.base in declared():
        below = replace(stand_in(declared()[image.base]), image=image)
    else:
        raise LocalCloudError(
            f"the image {image.name} has the base {image.base!r}, which is none of {sorted(declared())}"
        )
    return below.with_requirements("\n".join(image.requirements)) if image.requirements else below


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
