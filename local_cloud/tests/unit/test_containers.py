"""The containers' programs run in processes of their own, and import nothing of what starts them."""

import ast
import functools
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local_cloud import containers
from local_cloud.containers.sagemaker.image import Image
from local_cloud.services.sagemaker import images

ROOT = Path(containers.__file__).parent
FAMILIES = ROOT / "sagemaker"
# awsglue is the folder's own, pyspark is the image's.
OF_GLUE = frozenset({"awsglue", "pyspark"})
# What families share runs with the Python of those that use it, whose images have it.
OF_SHARED = {
    "algorithm_data.py": frozenset({"numpy"}),
    "algorithm_requests.py": frozenset({"numpy"}),
    "mxnet_arrays.py": frozenset({"numpy"}),
    "inference_formats.py": frozenset({"numpy"}),
    "record_message.py": frozenset({"numpy"}),
    "recordio.py": frozenset({"numpy"}),
    "script_source.py": frozenset({"boto3", "botocore"}),
}
# What stands in for the AWS CLI runs with the server's Python, which has the SDK.
OF_AWS_CLI = frozenset({"botocore", "jmespath"})


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: name the module in full"
            yield str(node.module)
            if node.module == "local_cloud":
                yield from (f"local_cloud.{name.name}" for name in node.names)


def _allowed(name: str, others: frozenset[str] = frozenset()) -> bool:
    top = name.split(".", maxsplit=1)[0]
    return name.startswith("local_cloud.containers") or top in others or top in sys.stdlib_module_names


@functools.cache
def _of_images(family: str) -> frozenset[str]:
    """What the images of a family have to import; what is not installed here has the name of its package."""
    prefix = f"local_cloud.containers.sagemaker.{family}."
    own = [image for image in images.declared().values() if prefix in f"{image.train} {image.serve}"]
    names = {canonicalize_name(Requirement(package).name) for image in own for package in _packages(image)}
    installed = packages_distributions().items()
    found = {name for name, items in installed if names & {canonicalize_name(item) for item in items}}
    return frozenset(found | {name.replace("-", "_") for name in names})


def _packages(image: Image) -> tuple[str, ...]:
    below = _packages(images.declared()[image.base]) if image.base else ()
    return (*image.packages, *image.requirements, *below)


def _others(path: Path) -> frozenset[str]:
    """What a file may import beside the standard library and its neighbours."""
    if FAMILIES not in path.parents:
        return OF_AWS_CLI if path.name == "aws_cli.py" else OF_GLUE
    inside = path.relative_to(FAMILIES)
    # What all families share runs with any of their Pythons, and the declaration in the server's.
    if len(inside.parts) == 1 or inside.name == "__init__.py":
        return OF_SHARED.get(str(inside), frozenset())
    return _of_images(inside.parts[0])


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_container_imports_neither_kernel_nor_services(path: Path) -> None:
    assert [name for name in _imports(path) if not _allowed(name, _others(path))] == []


@pytest.mark.parametrize(
    "name", ["local_cloud", "local_cloud.kernel.runtime", "local_cloud.services.sagemaker", "moto", "xgboost"]
)
def test_what_a_container_must_not_import_is_found(name: str) -> None:
    assert not _allowed(name)


def test_what_families_share_knows_none_of_them() -> None:
    families = [path.parent.name for path in FAMILIES.glob("*/__init__.py")]
    assert families
    named = re.compile(rf"sagemaker(\.| import )({'|'.join(families)})\b")
    assert [path.name for path in FAMILIES.glob("*.py") if named.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("image", images.declared().values(), ids=lambda image: image.name)
def test_the_programs_of_an_image_are_files_of_its_family(image: Image) -> None:
    for module in filter(None, (image.train, image.serve)):
        assert (ROOT.parents[1] / Path(*module.split("."))).with_suffix(".py").is_file()
