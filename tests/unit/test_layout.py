"""Rules about where code lies and what it may import."""

import ast
import sys
from pathlib import Path

import pytest

from contract import keys

ROOT = Path(__file__).parents[2]


def _imports(path: Path) -> set[str]:
    """Top-level names of all modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def _sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


@pytest.mark.parametrize("folder", ["constructs", "lambda_src"])
def test_a_source_root_is_no_package(folder: str) -> None:
    # As a package, constructs/ would hide the PyPI package `constructs` that aws_cdk imports.
    assert not (ROOT / folder / "__init__.py").exists()


def test_every_level_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    folders |= {parent for folder in folders for parent in folder.parents if parent.is_relative_to(ROOT / "tests")}
    missing = [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not missing


def test_functions_never_import_the_cdk() -> None:
    guilty = [str(path) for path in _sources("lambda_src") if _imports(path) & {"aws_cdk", "constructs"}]
    assert not guilty


def test_of_the_functions_only_adapters_use_boto3() -> None:
    users = {path.parent.name for path in _sources("lambda_src") if _imports(path) & {"boto3", "botocore"}}
    assert users == {"adapters"}


def test_decisions_of_the_functions_import_no_adapter() -> None:
    pure = [
        *_sources("lambda_src/retraining/logic", "lambda_src/deployment/logic"),
        ROOT / "lambda_src/shared/versions.py",
    ]
    for path in pure:
        assert "adapters" not in path.read_text(encoding="utf-8"), path


def test_nothing_imports_the_sagemaker_sdk() -> None:
    sources = [ROOT / "app.py", *_sources("config", "stacks", "constructs", "lambda_src", "glue_scripts", "perennial")]
    assert not [str(path) for path in sources if "sagemaker" in _imports(path)]


def test_what_is_deployed_knows_nothing_of_the_local_cloud() -> None:
    sources = [ROOT / "app.py", *_sources("config", "stacks", "constructs", "lambda_src", "glue_scripts")]
    assert not [str(path) for path in sources if _imports(path) & {"local_cloud", "moto"}]
    for path in _sources("lambda_src", "constructs", "stacks"):
        assert "endpoint_url" not in path.read_text(encoding="utf-8"), path


def test_the_two_workflows_functions_share_only_what_is_shared() -> None:
    for package, other in (("retraining", "deployment"), ("deployment", "retraining"), ("shared", "retraining")):
        assert not [str(path) for path in _sources(f"lambda_src/{package}") if other in _imports(path)]
    assert not [str(path) for path in _sources("lambda_src/shared") if "deployment" in _imports(path)]


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
    app = {"config", "constructs", "contract", "deployment", "mlops_constructs", "retraining", "shared", "stacks"}
    # The command asks the configuration for its region, if there is one (decision 50).
    assert [path.name for path in _sources("local_cloud") if _imports(path) & app] == ["__main__.py"]
    assert _imports(ROOT / "local_cloud" / "__main__.py") & app == {"config"}


def test_functions_bring_nothing_that_lambda_does_not_have() -> None:
    # The runtime has the standard library and boto3: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    known = {*sys.stdlib_module_names, "boto3", "botocore", "contract", "retraining", "deployment", "shared"}
    assert not {name for path in _sources("lambda_src") for name in _imports(path)} - known


def test_the_state_machines_are_written_without_the_cdk() -> None:
    folder = ROOT / "constructs" / "mlops_constructs"
    for name in (
        "asl",
        "leases",
        "retraining_definition",
        "retraining_jobs",
        "deployment_definition",
        "deployment_roll_back",
        "deployment_surroundings",
        "deployment_switch",
        "endpoint_update",
    ):
        assert not _imports(folder / f"{name}.py") & {"aws_cdk", "constructs"}, name
