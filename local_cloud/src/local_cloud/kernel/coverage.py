"""What the local cloud covers, from its own code; ``python -m local_cloud.kernel.coverage`` renews its page."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from local_cloud.cloudformation import registry, resources
from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel import source
from local_cloud.operations import SERVICES
from local_cloud.services.iam import requests
from local_cloud.services.sagemaker import images

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference.md"
_START, _END = "<!-- generated: start -->", "<!-- generated: end -->"


def tables() -> str:
    """The generated part, as Markdown."""
    return "\n".join([*_operations(), "", *_resource_types(), "", *_iam(), "", *_images(), "", *_patches()])


def update(text: str) -> str:
    """A document with its generated part renewed.

    Raises:
        ValueError: the document has no marks.
    """
    if _START not in text or _END not in text:
        raise ValueError(f"the document needs the lines {_START} and {_END}")
    head, tail = text.split(_START, maxsplit=1)[0], text.split(_END)[1]
    return f"{head}{_START}\n{tables()}\n{_END}{tail}"


def _resource_types() -> list[str]:
    # Importing the package of handlers is what fills the registry.
    importlib.import_module(resources.__name__)
    rows = [f"| `{name}` | {', '.join(sorted(found.properties))} |" for name, found in sorted(registry.TYPES.items())]
    return ["### CloudFormation", "", "| type | properties |", "|---|---|", *rows]


def _operations() -> list[str]:
    rows = [
        f"| `{name}` | {', '.join(sorted(found.real))} | {', '.join(sorted(found.kept))} |"
        for name, found in sorted(SERVICES.items())
    ]
    return ["### Operations", "", "| service | done | only kept, as on AWS |", "|---|---|---|", *rows]


def _iam() -> list[str]:
    services = ", ".join(requests.covered_services())
    return ["### IAM", "", f"Resources of a call are known for {services}; for all others a policy must allow `*`."]


def _images() -> list[str]:
    rows = [f"| `{name}` | {_origin(image)} |" for name, image in sorted(images.declared().items())]
    return ["### Images", "", "| image | its Python has the packages |", "|---|---|", *rows]


def _origin(image: Image) -> str:
    if image.packages_source is None:
        return "that we know of; **nobody compared them with the image**"
    return f"of {image.packages_source}"


def _patches() -> list[str]:
    # What is replaced of moto is replaced for the whole process.
    command = [sys.executable, "-m", "local_cloud", "patches"]
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ["### What of moto is replaced", "", *told.stdout.splitlines()]


if __name__ == "__main__":
    DOCUMENT.write_text(update(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
