"""The images that the models of a configuration train, answer and are measured in, installed before anything starts."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from config.errors import InvalidConfigError
from config.loader import Config
from contract.names import TRAINING
from perennial.errors import OperatorError

_COST = (
    "Where its images are not installed yet, this demo has pip make them first: about",
    "1.8 GB on disk (scikit-learn 335 MB, PyTorch 1,050 MB, Hugging Face 370 MB) in a",
    "minute or two, kept for the next time in {place}.",
)
_PIP_OPTIONS = "LOCAL_CLOUD_PIP_OPTIONS"
_GPU_COST = (
    "PyPI's torch for Linux is the one for GPUs, 3 GB to download. For CPUs name",
    f"PyTorch's index in {_PIP_OPTIONS}: local_cloud/docs/script-mode.md.",
)


def names(config: Config) -> list[str]:
    """Images of all models in the account that trains, as the local cloud calls them: the end of their URIs.

    Raises:
        InvalidConfigError: no image can use an instance type.
    """
    region, found = config.accounts.region, set[str]()
    serving_instance = config.environment(TRAINING).serving.instance_type
    for model in config.models:
        images = model.family.images
        training = images.for_training(model.training.instance_type)
        serving = images.for_serving(serving_instance)
        if training is None or serving is None:
            raise InvalidConfigError(
                f"no image of model {model.name!r} runs on the instance types of its configuration"
            )
        found |= {image.uri(region).rpartition("/")[2] for image in (training, images.evaluation, serving)}
    return sorted(found)


def install(wanted: Iterable[str], *, root: Path, console: Console) -> timedelta:
    """Tell what it costs, then install what is not there; returns the time that it took.

    Args:
        wanted: names of the images.
        root: the project's folder.
        console: where pip's progress is told.

    Raises:
        OperatorError: pip failed.
    """
    for line in cost():
        console.print(line, soft_wrap=True, markup=False)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "local_cloud", "images", "install", *wanted],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    with process:
        assert process.stdout is not None  # noqa: S101  # a pipe was asked for
        for line in process.stdout:
            said = line.strip()
            console.print(f"    {said}", style="dim", soft_wrap=True, markup=False)
    if process.returncode:
        raise OperatorError(f"an image could not be installed: {said}")
    return timedelta(seconds=time.monotonic() - began)


def cost() -> list[str]:
    """What the installation takes, in lines of 80 columns but for the folder's name."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    place = os.environ.get("LOCAL_CLOUD_IMAGES") or f"{cache}/local-cloud/images"
    lines = [line.format(place=place) for line in _COST]
    return [*lines, *_GPU_COST] if sys.platform == "linux" and _PIP_OPTIONS not in os.environ else lines
