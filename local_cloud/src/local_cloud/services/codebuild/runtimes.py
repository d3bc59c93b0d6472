"""The runtimes that a build selects: what the image would switch to, and what this machine has instead.

References:
    https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html
    https://github.com/aws/aws-codebuild-docker-images (runtimes.yml of each image)
"""

from collections.abc import Iterator, Mapping

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codebuild.errors import PhaseError
from local_cloud.services.codebuild.image import Image

_OF_IMAGES = ("android", "docker", "dotnet", "golang", "java", "nodejs", "php", "python", "ruby")


def selected(wanted: Mapping[str, str], lent: Image) -> Iterator[str]:
    """Lines for the log: what is selected, and what stands in for it.

    Raises:
        PhaseError: no image has such a runtime.
        NotEmulatedError: an image has it, and this machine has not.
    """
    here = {"python": lent.python, "nodejs": lent.node}
    for name, version in wanted.items():
        if name not in _OF_IMAGES:
            raise PhaseError(
                "YAML_FILE_ERROR",
                f"Unknown runtime named '{name}'. This build image has the following runtimes: {', '.join(_OF_IMAGES)}",
            )
        found = here.get(name)
        if found is None:
            node = f" and nodejs {lent.node}" if lent.node else ""
            raise NotEmulatedError(
                f"the local cloud does not emulate the runtime {name}: builds have python {lent.python}{node} of this"
                " machine"
            )
        yield f"Selecting '{name}' runtime version '{version}' based on manual selections..."
        exact = version.removesuffix(".x")
        if version != "latest" and found != exact and not found.startswith(f"{exact}."):
            yield f"{name} {version} was asked for; this machine stands in with {name} {found}"
