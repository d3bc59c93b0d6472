"""The distribution by itself: what a build of it holds, without this repository, is enough to deploy an app of others."""

import json
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from integration.distribution.commands import CDK, DISTRIBUTION, REGION, cdk_variables, run
from local_cloud.__main__ import main
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as an installation leaves it; what it depends on is that of these tests."""
    folder = tmp_path_factory.mktemp("installed")
    # A build leaves files beside the sources.
    shutil.copytree(
        DISTRIBUTION, folder / "source", ignore=shutil.ignore_patterns("tests", "__pycache__", "*.egg-info", "build")
    )
    target = folder / "packages"
    build = ("-c", "import setuptools; setuptools.setup()", "--quiet", "build", "--build-lib", target)
    run(sys.executable, *build, folder=folder / "source")
    shutil.rmtree(folder / "source")
    return target


@pytest.fixture(scope="module")
def cloud(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """Started as a person does, in an empty folder."""
    folder = tmp_path_factory.mktemp("empty")
    port = str(lifecycle.free_port())
    run(sys.executable, "-m", "local_cloud", "start", "--port", port, folder=folder, PYTHONPATH=str(installed))
    running = lifecycle.find(folder / ".local-cloud")
    assert running is not None
    with running:
        yield running


def test_it_holds_every_file_of_the_package(installed: Path) -> None:
    def files(root: Path) -> set[str]:
        return {
            str(path.relative_to(root))
            for path in (root / "local_cloud").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert files(installed) == files(DISTRIBUTION / "src")


def test_its_command_is_there() -> None:
    declared = tomllib.loads((DISTRIBUTION / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    found = EntryPoint(name="local-cloud", value=declared["local-cloud"], group="console_scripts")
    assert found.load() is main


def test_the_server_runs_from_the_installation_alone(cloud: RunningCloud, installed: Path) -> None:
    variables = Path(f"/proc/{cloud.pid}/environ").read_text(encoding="utf-8").split("\0")
    assert f"PYTHONPATH={installed}" in variables


def test_the_example_is_deployed_and_runs(cloud: RunningCloud, tmp_path: Path) -> None:
    app = shutil.copytree(DISTRIBUTION / "examples" / "hello", tmp_path / "hello")
    variables = cdk_variables(cloud, tmp_path)
    run(*CDK, "bootstrap", "--no-notices", folder=app, **variables)
    deploy = ("deploy", "--no-notices", "--require-approval", "never", "--outputs-file", "outputs.json")
    run(*CDK, *deploy, folder=app, **variables)
    outputs = json.loads((app / "outputs.json").read_text(encoding="utf-8"))["Hello"]

    client = cloud.client("stepfunctions", ACCOUNT, REGION)
    execution = client.start_execution(stateMachineArn=outputs["Machine"], input='{"name": "world"}')["executionArn"]
    ended = until(
        lambda: None if (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING" else found
    )

    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    written = cloud.client("s3", ACCOUNT, REGION).get_object(Bucket=outputs["Bucket"], Key="hello.json")
    assert json.loads(written["Body"].read()) == {"hello": "world"}
