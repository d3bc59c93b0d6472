"""Rules about where code lies, and those about its imports that pyproject.toml's contracts cannot say."""

import ast
import sys
from pathlib import Path

import pytest

from contract import keys

ROOT = Path(__file__).parents[2]


def _modules(path: Path) -> set[str]:
    """Names of all modules that a file imports, or imports something of, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def _imports(path: Path) -> set[str]:
    """Top-level names of all modules that a file imports."""
    return {name.split(".")[0] for name in _modules(path)}


def _sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


@pytest.mark.parametrize("folder", ["constructs", "lambda_src"])
def test_a_source_root_is_no_package(folder: str) -> None:
    # As a package, constructs/ would hide the PyPI package `constructs` that aws_cdk imports.
    assert not (ROOT / folder / "__init__.py").exists()


@pytest.mark.parametrize("root", ["tests", "local_cloud/tests/unit", "local_cloud/tests/integration"])
def test_every_level_of_tests_is_a_package(root: str) -> None:
    folders = {path.parent for path in (ROOT / root).rglob("*.py")}
    folders |= {parent for folder in folders for parent in folder.parents if parent.is_relative_to(ROOT / root)}
    missing = [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not missing


def test_both_suites_run_at_once() -> None:
    # `tests` is the app's package, so that the folder of the local cloud's tests is a source root instead.
    assert not (ROOT / "local_cloud/tests/__init__.py").exists()


def test_the_composition_root_only_composes() -> None:
    # The contracts are about packages, and it is a file.
    assert _imports(ROOT / "app.py") - sys.stdlib_module_names <= {"aws_cdk", "config", "contract", "stacks"}


def test_what_is_deployed_finds_aws_by_itself() -> None:
    for path in _sources("lambda_src", "constructs", "stacks"):
        assert "endpoint_url" not in path.read_text(encoding="utf-8"), path


def test_the_local_cloud_knows_nothing_of_the_app() -> None:
    app = {
        path.name.removesuffix(".py")
        for folder in (".", "constructs", "lambda_src")
        for path in (ROOT / folder).iterdir()
    }
    # The CDK's library has the name of a folder of ours; anybody's app imports it.
    app -= {"local_cloud", "node_modules", "constructs"}
    assert app >= {"app", "config", "mlops_constructs", "perennial", "retraining", "tests"}
    assert not [str(path) for path in _sources("local_cloud") if _imports(path) & app]


def test_the_app_knows_the_local_cloud_by_what_is_public() -> None:
    for path in _sources("perennial", "scripts", "tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "local_cloud":
                assert {alias.name for alias in node.names} <= {"api", "testing"}, path
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("local_cloud."):
                assert (node.module or "").split(".")[1] in {"api", "testing"}, path


def test_what_several_sides_share_needs_the_standard_library_only() -> None:
    known = {*sys.stdlib_module_names, "contract"}
    assert not {name for path in _sources("lambda_src/contract") for name in _imports(path)} - known


def test_the_command_knows_nothing_of_the_stacks() -> None:
    assert not [str(path) for path in _sources("perennial") if "stacks" in _imports(path)]


def test_a_key_of_the_state_table_is_spelled_in_one_place() -> None:
    prefixes = [kind.prefix for kind in vars(keys).values() if isinstance(kind, keys.Key)]
    assert prefixes
    sources = _sources("config", "constructs", "lambda_src", "perennial", "stacks")
    guilty = [
        str(path)
        for path in sources
        if path != Path(keys.__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.startswith((*prefixes, keys.LAST_TICK)) or any(f"'{prefix}'" in node.value for prefix in prefixes)
    ]
    assert not guilty


@pytest.mark.parametrize(
    ("copy", "file"),
    [
        ("local_cloud/src/local_cloud/services/sagemaker/warm_start_rules.py", "lambda_src/contract/warm_start.py"),
        ("local_cloud/src/local_cloud/services/sagemaker/instance_types.py", "config/instance_types.py"),
    ],
)
def test_the_local_cloud_reads_shared_rules_without_importing_the_app(copy: str, file: str) -> None:
    # Decision 40: an import would tie the local cloud to the app's source roots, a link does not survive every archive.
    assert (ROOT / copy).read_bytes() == (ROOT / file).read_bytes(), f"copy {file} to {copy}"
    assert _imports(ROOT / file) <= sys.stdlib_module_names


def test_functions_bring_nothing_that_lambda_does_not_have() -> None:
    # The runtime has the standard library and boto3: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    known = {*sys.stdlib_module_names, "boto3", "botocore", "contract", "retraining", "deployment", "shared"}
    assert not {name for path in _sources("lambda_src") for name in _imports(path)} - known


def test_one_file_of_the_functions_makes_clients() -> None:
    # What the others may have of the SDK is words: how values are written, and what errors are called.
    allowed = {"boto3.dynamodb.types", "botocore.exceptions"}
    makers = {
        str(path.relative_to(ROOT / "lambda_src"))
        for path in _sources("lambda_src")
        if {name for name in _modules(path) if name.startswith("boto")} - allowed
    }
    assert makers == {"shared/adapters/clients.py"}


def test_stacks_are_composed_of_classes_that_nothing_inherits_from() -> None:
    # A constructor then calls no method that another class could replace. mypy refuses what inherits from them.
    for path in _sources("stacks"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.bases:
                assert "final" in {ast.unparse(decorator) for decorator in node.decorator_list}, f"{path}: {node.name}"
