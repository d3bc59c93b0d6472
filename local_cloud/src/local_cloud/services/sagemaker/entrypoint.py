"""The program of a job's container, where its user names one in place of the image's own.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html
"""

from collections.abc import Mapping
from typing import Any

from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel import opt_ml
from local_cloud.kernel.errors import NotEmulatedError


def command(specification: Mapping[str, Any], *, python: str) -> list[str]:
    """The program as it runs here, where Python is the image's.

    Args:
        specification: AppSpecification or AlgorithmSpecification, with a ContainerEntrypoint.
        python: the image's.
    """
    words: list[str] = [*specification["ContainerEntrypoint"], *(specification.get("ContainerArguments") or [])]
    return [python if words[0] in {"python", "python3"} else words[0], *words[1:]]


def check(algorithm: Mapping[str, Any], image: Image) -> None:
    """Refuse the program of a training job that does not run here.

    Args:
        algorithm: AlgorithmSpecification.
        image: its image.

    Raises:
        NotEmulatedError: with the reason.
    """
    entrypoint, arguments = (algorithm.get(name) for name in ("ContainerEntrypoint", "ContainerArguments"))
    if arguments and not entrypoint:
        raise NotEmulatedError(
            "the local cloud does not emulate ContainerArguments without ContainerEntrypoint: name the program too"
        )
    if entrypoint and image.script is None:
        raise NotEmulatedError(
            f"the local cloud's image {image.name!r} runs no programs of its user's: leave ContainerEntrypoint out"
        )
    if entrypoint and not opt_ml.is_own():
        raise NotEmulatedError(
            "this system does not let the local cloud give a container an /opt/ml of its own, which a program by"
            " ContainerEntrypoint would look for its files in: use script mode"
        )
