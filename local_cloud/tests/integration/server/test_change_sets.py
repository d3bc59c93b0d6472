"""What becomes of a stack that cannot be made, as its change set wants it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html: OnStackFailure
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT


def _template(name: str) -> str:
    good = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"Nonsense": 1}, "DependsOn": "Good"}
    return json.dumps({"Resources": {"Good": good, "Bad": bad}})


def _fail(cloud: RunningCloud, name: str, wish: str | None, **execution: Any) -> tuple[str, bool]:
    """The stack's final status, and whether the resource is there that could be made."""
    client = cloud.client("cloudformation", ACCOUNT)
    more = {"OnStackFailure": wish} if wish else {}
    made = client.create_change_set(
        StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=_template(name), **more
    )
    assert client.describe_change_set(ChangeSetName=made["Id"]).get("OnStackFailure") == wish
    client.execute_change_set(ChangeSetName=made["Id"], **execution)
    status = stacks.settled(cloud, made["StackId"])
    queues = cloud.client("sqs", ACCOUNT).list_queues(QueueNamePrefix=name).get("QueueUrls", [])
    return status, bool(queues)


@pytest.mark.parametrize(
    ("wish", "status", "is_kept"),
    [
        (None, "ROLLBACK_COMPLETE", False),
        ("ROLLBACK", "ROLLBACK_COMPLETE", False),
        ("DO_NOTHING", "CREATE_FAILED", True),
        ("DELETE", "DELETE_COMPLETE", False),
    ],
)
def test_a_creation_that_fails_ends_as_it_was_wanted(
    cloud: RunningCloud, wish: str | None, status: str, is_kept: bool
) -> None:
    assert _fail(cloud, f"fails-{wish}".lower().replace("_", "-"), wish) == (status, is_kept)


def test_it_is_said_once_what_becomes_of_it(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="DisableRollback"):
        _fail(cloud, "twice", "ROLLBACK", DisableRollback=True)


def test_an_update_deletes_no_stack(cloud: RunningCloud) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "updated"}}
    assert stacks.deploy(cloud, "updated", {"Good": queue}, create=True) == "CREATE_COMPLETE"

    with pytest.raises(ClientError, match="ChangeSetType CREATE"):
        cloud.client("cloudformation", ACCOUNT).create_change_set(
            StackName="updated",
            ChangeSetName="c",
            ChangeSetType="UPDATE",
            TemplateBody=_template("updated"),
            OnStackFailure="DELETE",
        )
