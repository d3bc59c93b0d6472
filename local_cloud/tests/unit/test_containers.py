"""The containers' programs run in processes of their own, and import nothing of what starts them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud import containers

ROOT = Path(containers.__file__).parent
# awsglue is the folder's own, pyspark and numpy are the images'.
OTHERS = {"awsglue", "numpy", "pyspark", "xgboost"}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: name the module in full"
            yield str(node.module)
            if node.module == "local_cloud":
                yield from (f"local_cloud.{name.name}" for name in node.names)


def _allowed(name: str) -> bool:
    top = name.split(".", maxsplit=1)[0]
    return name.startswith("local_cloud.containers") or top in OTHERS or top in sys.stdlib_module_names


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_container_imports_neither_kernel_nor_services(path: Path) -> None:
    assert [name for name in _imports(path) if not _allowed(name)] == []


@pytest.mark.parametrize(
    "name", ["local_cloud", "local_cloud.kernel.runtime", "local_cloud.services.sagemaker", "moto"]
)
def test_what_a_container_must_not_import_is_found(name: str) -> None:
    assert not _allowed(name)
