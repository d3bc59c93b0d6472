"""An app of one's own is deployed, changed and destroyed by the CDK's command."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from integration.distribution.commands import CDK, REGION, cdk_variables, run
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

APP = Path(__file__).parent / "own_app" / "app.py"


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
    cloud: RunningCloud, assemblies: tuple[Path, Path], tmp_path: Path
) -> None:
    def cdk(command: str, *options: str | Path) -> None:
        run(*CDK, command, "--no-notices", *options, folder=tmp_path, **cdk_variables(cloud, tmp_path))

    def deploy(assembly: Path) -> dict[str, str]:
        cdk("deploy", "--app", assembly, "--require-approval", "never", "--outputs-file", "outputs.json")
        outputs: dict[str, str] = json.loads((tmp_path / "outputs.json").read_text(encoding="utf-8"))["Own"]
        return outputs

    first, second = assemblies
    queue = cloud.client("sqs", ACCOUNT, REGION).create_queue(QueueName="requests")["QueueUrl"]
    cdk("bootstrap", "--app", first)

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
    assert _left(cloud) == {"stacks": ["CDKToolkit"], "functions": [], "tables": [], "queues": ["requests"]}


def _left(cloud: RunningCloud) -> dict[str, list[str]]:
    def client(service: str) -> Any:
        return cloud.client(service, ACCOUNT, REGION)

    return {
        "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
        "functions": [function["FunctionName"] for function in client("lambda").list_functions()["Functions"]],
        "tables": client("dynamodb").list_tables()["TableNames"],
        "queues": [url.rsplit("/", 1)[-1] for url in client("sqs").list_queues().get("QueueUrls", [])],
    }
