"""Custom resources: a function of the template is asked to make, change and remove them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from integration.lambda_ import functions
from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

# Answers as its properties tell it, and writes down each request.
CODE = """
import cfnresponse
import boto3
import json


def handler(event, context):
    given = event["ResourceProperties"]
    boto3.client("sqs").send_message(QueueUrl=given["Queue"], MessageBody=json.dumps(event))
    if given.get("Crash"):
        raise RuntimeError("as told")
    fails = given.get("Fails") == event["RequestType"]
    cfnresponse.send(
        event,
        context,
        cfnresponse.FAILED if fails else cfnresponse.SUCCESS,
        {"Greeting": "hello " + given.get("Name", "nobody")} if event["RequestType"] != "Delete" else {},
        "thing-" + given.get("Name", "nobody"),
        reason="because it was told so" if fails else None,
    )
"""


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    return make_role(cloud, "custom", [allowed], trust={"Service": "lambda.amazonaws.com"})


@pytest.fixture
def queue(cloud: RunningCloud, request: pytest.FixtureRequest) -> str:
    """URL of a queue for the requests of one test."""
    name = str(request.node.originalname)[:80]
    return str(cloud.client("sqs", ACCOUNT).create_queue(QueueName=name)["QueueUrl"])


def _function(role: str, *, code: str = CODE, runtime: str = "python3.13") -> dict[str, Any]:
    properties = {
        "Runtime": runtime,
        "Handler": "index.handler",
        "Role": role,
        "Timeout": 60,
        "Code": {"ZipFile": code},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _thing(queue: str, **properties: Any) -> dict[str, Any]:
    token = {"Fn::GetAtt": ["Provider", "Arn"]}
    return {"Type": "Custom::Thing", "Properties": {"ServiceToken": token, "Queue": queue, **properties}}


def _requests(cloud: RunningCloud, queue: str) -> list[dict[str, Any]]:
    """Those since the last time, in their order."""
    client, found = cloud.client("sqs", ACCOUNT), []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def _told(requests: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    """What each asked for, of which resource, and with which name."""
    return [
        (request["RequestType"], request.get("PhysicalResourceId"), request["ResourceProperties"].get("Name"))
        for request in requests
    ]


_OUTPUTS: dict[str, Any] = {
    "Outputs": {"Id": {"Value": {"Ref": "Thing"}}, "Said": {"Value": {"Fn::GetAtt": ["Thing", "Greeting"]}}}
}


def test_a_custom_resource_is_made_changed_replaced_and_removed_by_its_function(
    cloud: RunningCloud, role: str, queue: str
) -> None:
    def template(**properties: Any) -> dict[str, Any]:
        return {"Provider": _function(role), "Thing": _thing(queue, **properties)}

    given = {"Name": "a", "Count": 3, "Deep": [{"Flag": True}]}
    assert stacks.deploy(cloud, "custom", template(**given), create=True, **_OUTPUTS) == "CREATE_COMPLETE"
    assert stacks.outputs(cloud, "custom") == {"Id": "thing-a", "Said": "hello a"}
    (made,) = _requests(cloud, queue)
    stack = cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName="custom")["Stacks"][0]
    assert made.pop("RequestId")
    assert made.pop("ResponseURL").startswith(cloud.endpoint_url)
    token = made.pop("ServiceToken")
    assert made == {
        "RequestType": "Create",
        "StackId": stack["StackId"],
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        # Numbers and truth values arrive as texts.
        "ResourceProperties": {
            "ServiceToken": token,
            "Queue": queue,
            "Name": "a",
            "Count": "3",
            "Deep": [{"Flag": "true"}],
        },
    }

    assert stacks.deploy(cloud, "custom", template(Name="a", More="x"), create=False, **_OUTPUTS) == "UPDATE_COMPLETE"
    (changed,) = _requests(cloud, queue)
    assert (changed["RequestType"], changed["PhysicalResourceId"]) == ("Update", "thing-a")
    assert changed["OldResourceProperties"] == {
        "ServiceToken": token,
        "Queue": queue,
        "Name": "a",
        "Count": "3",
        "Deep": [{"Flag": "true"}],
    }

    # Another physical id makes the first one obsolete.
    assert stacks.deploy(cloud, "custom", template(Name="b"), create=False, **_OUTPUTS) == "UPDATE_COMPLETE"
    assert _told(_requests(cloud, queue)) == [("Update", "thing-a", "b"), ("Delete", "thing-a", "a")]
    assert stacks.outputs(cloud, "custom") == {"Id": "thing-b", "Said": "hello b"}

    assert stacks.delete(cloud, "custom") == "DELETE_COMPLETE"
    assert _told(_requests(cloud, queue)) == [("Delete", "thing-b", "b")]


def test_a_failed_creation_is_deleted_by_the_roll_back(cloud: RunningCloud, role: str, queue: str) -> None:
    template = {"Provider": _function(role), "Thing": _thing(queue, Name="a", Fails="Create")}

    assert stacks.deploy(cloud, "failing", template, create=True) == "ROLLBACK_COMPLETE"

    assert _told(_requests(cloud, queue)) == [("Create", None, "a"), ("Delete", "thing-a", "a")]
    said = stacks.reasons(cloud, "failing")
    assert "Received response status [FAILED] from custom resource. Message returned: because it was told so" in said
    assert stacks.delete(cloud, "failing") == "DELETE_COMPLETE"


def test_an_answer_with_data_that_is_no_object_is_rolled_back(cloud: RunningCloud, role: str, queue: str) -> None:
    wrong = CODE.replace('{"Greeting": "hello " + given.get("Name", "nobody")}', '"text"')
    template = {"Provider": _function(role, code=wrong), "Thing": _thing(queue, Name="a")}

    assert stacks.deploy(cloud, "no-data", template, create=True) == "ROLLBACK_COMPLETE"

    assert _told(_requests(cloud, queue)) == [("Create", None, "a"), ("Delete", "thing-a", "a")]
    assert "the Data of a response must be a JSON object, got 'text'" in stacks.reasons(cloud, "no-data")


def test_a_failed_creation_that_is_not_rolled_back_is_made_anew(cloud: RunningCloud, role: str, queue: str) -> None:
    def template(**properties: Any) -> dict[str, Any]:
        return {"Provider": _function(role), "Thing": _thing(queue, **properties)}

    failing = template(Name="a", Fails="Create")
    assert stacks.deploy(cloud, "kept", failing, create=True, rollback=False) == "CREATE_FAILED"
    (kept,) = cloud.client("cloudformation", ACCOUNT).describe_stack_resources(
        StackName="kept", LogicalResourceId="Thing"
    )["StackResources"]
    assert (kept["ResourceStatus"], kept["PhysicalResourceId"]) == ("CREATE_FAILED", "thing-a")

    assert stacks.deploy(cloud, "kept", template(Name="b"), create=False) == "CREATE_COMPLETE"
    assert _told(_requests(cloud, queue)) == [("Create", None, "a"), ("Create", None, "b"), ("Delete", "thing-a", "a")]
    assert stacks.delete(cloud, "kept") == "DELETE_COMPLETE"


def test_a_failed_change_is_changed_back(cloud: RunningCloud, role: str, queue: str) -> None:
    def template(**properties: Any) -> dict[str, Any]:
        return {"Provider": _function(role), "Thing": _thing(queue, **properties)}

    assert stacks.deploy(cloud, "back", template(Name="a"), create=True) == "CREATE_COMPLETE"

    # It fails itself.
    failing = template(Name="a", Fails="Update")
    assert stacks.deploy(cloud, "back", failing, create=False) == "UPDATE_ROLLBACK_COMPLETE"
    _, there, back = _requests(cloud, queue)
    assert [there["RequestType"], back["RequestType"]] == ["Update", "Update"]
    assert back["OldResourceProperties"] == there["ResourceProperties"]
    assert back["ResourceProperties"] == there["OldResourceProperties"]

    # Something else fails after it was replaced.
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}, "DependsOn": "Thing"}
    replacing = {**template(Name="b"), "Bad": bad}
    assert stacks.deploy(cloud, "back", replacing, create=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert _told(_requests(cloud, queue)) == [
        ("Update", "thing-a", "b"),
        ("Update", "thing-b", "a"),
        ("Delete", "thing-b", "b"),
    ]
    assert stacks.delete(cloud, "back") == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        # Nobody would ever answer.
        ({"ServiceToken": "arn:aws:lambda:us-east-1:111111111111:function:nobody"}, "Function not found"),
        ({"ServiceToken": "arn:aws:sns:us-east-1:111111111111:topic"}, "asks functions about custom resources"),
        ({}, "asks functions about custom resources, got the ServiceToken None"),
        ({"ServiceToken": "arn:aws:lambda:us-east-1:1:function:f", "ServiceTimeout": 0}, "from 1 to 3600, got 0"),
    ],
)
def test_what_cannot_be_asked_fails_at_once(cloud: RunningCloud, resources: dict[str, Any], reason: str) -> None:
    thing = {"Type": "AWS::CloudFormation::CustomResource", "Properties": resources}

    assert stacks.deploy(cloud, "unasked", {"Thing": thing}, create=True) == "ROLLBACK_COMPLETE"

    assert reason in stacks.reasons(cloud, "unasked")
    stacks.delete(cloud, "unasked")


def test_a_function_in_another_language_fails_at_once(cloud: RunningCloud, role: str) -> None:
    inline = {"Provider": _function(role, code="def handler(event:, context:) = 1", runtime="ruby3.4")}
    assert stacks.deploy(cloud, "inline-ruby", inline, create=True) == "ROLLBACK_COMPLETE"
    assert "inline code in python or nodejs, got runtime 'ruby3.4'" in stacks.reasons(cloud, "inline-ruby")

    cloud.client("s3", ACCOUNT).create_bucket(Bucket="ruby-code")
    cloud.client("s3", ACCOUNT).put_object(Bucket="ruby-code", Key="a.zip", Body=functions.archive({"index.rb": "x"}))
    provider = _function(role, runtime="ruby3.4")
    provider["Properties"]["Code"] = {"S3Bucket": "ruby-code", "S3Key": "a.zip"}
    zipped = {"Provider": provider, "Thing": _thing("none")}
    assert stacks.deploy(cloud, "zipped-ruby", zipped, create=True) == "ROLLBACK_COMPLETE"
    assert "got runtime 'ruby3.4'" in stacks.reasons(cloud, "zipped-ruby")


def test_a_function_that_fails_at_each_attempt_is_waited_for_no_longer(
    cloud: RunningCloud, role: str, queue: str
) -> None:
    """The two attempts after the first come a minute and two later; a jump to them leaves the hour's timeout alone."""
    template = {"Provider": _function(role), "Thing": _thing(queue, Crash="yes")}

    def skip() -> None:
        cloud.control("clock", {"skip_pauses": True})

    assert stacks.deploy(cloud, "crashing", template, create=True, meanwhile=skip) == "ROLLBACK_FAILED"

    assert [kind for kind, _, _ in _told(_requests(cloud, queue))] == ["Create"] * 3 + ["Delete"] * 3
    assert "did not receive a response from your Custom Resource" in stacks.reasons(cloud, "crashing")
    assert "The function failed at every attempt: as told" in stacks.reasons(cloud, "crashing")


def test_an_answer_that_nobody_waits_for_is_refused(cloud: RunningCloud) -> None:
    url = f"{cloud.endpoint_url}/_local/custom-resource-responses/0123"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="PUT"))
