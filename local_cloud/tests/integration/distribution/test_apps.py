"""The distribution by itself: what a build of it holds, without this repository, is enough to deploy apps of others."""

import json
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from integration.distribution.commands import CDK, DISTRIBUTION, REGION, cdk_variables, run
from local_cloud.__main__ import main
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until

APP = Path(__file__).parent / "own_app" / "app.py"


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


@pytest.fixture(scope="module")
def bootstrapped(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> RunningCloud:
    """Ready for the CDK's deployments."""
    folder = tmp_path_factory.mktemp("bootstrap")
    command = ("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--no-notices")
    run(*CDK, *command, folder=folder, **cdk_variables(cloud, folder))
    return cloud


def test_the_example_is_deployed_and_runs(bootstrapped: RunningCloud, tmp_path: Path) -> None:
    cloud = bootstrapped
    app = shutil.copytree(DISTRIBUTION / "examples" / "hello", tmp_path / "hello")
    variables = cdk_variables(cloud, tmp_path)
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


def _requests(cloud: RunningCloud, queue: str) -> list[tuple[str, str | None, str]]:
    """What the custom resource's function was asked since the last time: for what, of which resource, which name."""
    client, found = cloud.client("sqs", ACCOUNT, REGION), []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            request = json.loads(message["Body"])
            name = request["ResourceProperties"]["Name"]
            found.append((request["RequestType"], request.get("PhysicalResourceId"), name))
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def _greeting(cloud: RunningCloud, alias: str) -> tuple[str, str]:
    """What the function behind the alias says, and which version it is."""
    answer = cloud.client("lambda", ACCOUNT, REGION).invoke(FunctionName=alias, Payload=b'{"name": "you"}')
    return json.loads(answer["Payload"].read()), answer["ExecutedVersion"]


@pytest.fixture(scope="module")
def assemblies(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Both versions of the app, synthesised by one process."""
    folder = tmp_path_factory.mktemp("assemblies")
    found = folder / "first", folder / "second"
    run(sys.executable, APP, *found, folder=folder, **cdk_variables(cloud, folder))
    return found


def test_an_app_is_deployed_changed_and_destroyed(
    bootstrapped: RunningCloud, assemblies: tuple[Path, Path], tmp_path: Path
) -> None:
    cloud = bootstrapped

    def cdk(command: str, *options: str | Path) -> None:
        run(*CDK, command, "--no-notices", *options, folder=tmp_path, **cdk_variables(cloud, tmp_path))

    def deploy(assembly: Path) -> dict[str, str]:
        cdk("deploy", "--app", assembly, "--require-approval", "never", "--outputs-file", "outputs.json")
        outputs: dict[str, str] = json.loads((tmp_path / "outputs.json").read_text(encoding="utf-8"))["Own"]
        return outputs

    first, second = assemblies
    queue = cloud.client("sqs", ACCOUNT, REGION).create_queue(QueueName="requests")["QueueUrl"]
    before = _existing(cloud)

    outputs = deploy(first)
    assert _greeting(cloud, outputs["Alias"]) == ("hello, you", "1")
    assert (outputs["Id"], outputs["Title"], outputs["Owner"]) == ("thing-ada", "Ada", "ada")
    assert _requests(cloud, queue) == [("Create", None, "ada")]
    dynamodb = cloud.client("dynamodb", ACCOUNT, REGION)
    dynamodb.put_item(TableName=outputs["Table"], Item={"id": {"S": "1"}, "owner": {"S": "ada"}})
    found = dynamodb.query(
        TableName=outputs["Table"],
        IndexName="by-owner",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": {"S": "ada"}},
    )
    assert found["Count"] == 1

    changed = deploy(second)
    assert _greeting(cloud, outputs["Alias"]) == ("hello, you!", "2")
    assert (changed["Id"], changed["Title"], changed["Owner"]) == ("thing-grace", "Grace", "grace")
    assert _requests(cloud, queue) == [("Update", "thing-ada", "grace"), ("Delete", "thing-ada", "ada")]
    assert (changed["Alias"], changed["Table"], changed["Queue"]) == (
        outputs["Alias"],
        outputs["Table"],
        outputs["Queue"],
    )
    redrive = cloud.client("sqs", ACCOUNT, REGION).get_queue_attributes(
        QueueUrl=outputs["Queue"], AttributeNames=["RedrivePolicy"]
    )
    assert json.loads(redrive["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 2

    cdk("destroy", "--app", second, "--force")
    assert _requests(cloud, queue) == [("Delete", "thing-grace", "grace")]
    assert _existing(cloud) == before


def _existing(cloud: RunningCloud) -> dict[str, list[str]]:
    def client(service: str) -> Any:
        return cloud.client(service, ACCOUNT, REGION)

    return {
        "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
        "functions": [function["FunctionName"] for function in client("lambda").list_functions()["Functions"]],
        "tables": client("dynamodb").list_tables()["TableNames"],
        "queues": [url.rsplit("/", 1)[-1] for url in client("sqs").list_queues().get("QueueUrls", [])],
    }
