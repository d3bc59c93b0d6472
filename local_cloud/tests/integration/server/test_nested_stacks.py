"""Stacks within stacks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

import json
from typing import Any

import pytest

from integration.server import stacks
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

BUCKET = "nested-templates"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Prefix}-inner"}}}
INNER = {
    "Parameters": {"Prefix": {"Type": "String"}, "Seconds": {"Type": "CommaDelimitedList", "Default": "30"}},
    "Resources": {"Queue": QUEUE},
    "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
}
BAD = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "no name"}}


@pytest.fixture(scope="module", autouse=True)
def _bucket(cloud: RunningCloud) -> None:
    cloud.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)


def _nested(cloud: RunningCloud, template: dict[str, Any], key: str, **parameters: Any) -> dict[str, Any]:
    cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=key, Body=json.dumps(template))
    # As the CDK writes it.
    url = {
        "Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, f"/{BUCKET}/{key}"]]
    }
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": parameters}}


def _outer(inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    outer = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": {"Fn::Join": ["-", ["after", {"Fn::GetAtt": ["Inner", "Outputs.Name"]}]]}},
    }
    return {"Inner": inner, "Outer": outer, **more}


def _queues(cloud: RunningCloud) -> list[str]:
    urls = cloud.client("sqs", ACCOUNT).list_queues().get("QueueUrls", [])
    return sorted(url.rsplit("/", 1)[-1] for url in urls)


def _resource(cloud: RunningCloud, stack: str, logical_id: str) -> dict[str, Any]:
    client = cloud.client("cloudformation", ACCOUNT)
    (found,) = client.describe_stack_resources(StackName=stack, LogicalResourceId=logical_id)["StackResources"]
    return dict(found)


def test_a_nested_stack_is_made_changed_and_removed_with_the_one_around_it(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", ACCOUNT)
    first = _outer(_nested(cloud, INNER, "1.json", Prefix="a", Seconds=["30", "60"]))
    assert stacks.deploy(cloud, "outer", first, create=True) == "CREATE_COMPLETE"
    assert _queues(cloud) == ["a-inner", "after-a-inner"]

    inner_id = _resource(cloud, "outer", "Inner")["PhysicalResourceId"]
    (outer,) = client.describe_stacks(StackName="outer")["Stacks"]
    (inner,) = client.describe_stacks(StackName=inner_id)["Stacks"]
    assert inner["StackName"].startswith("outer-Inner-")
    assert (inner["ParentId"], inner["RootId"]) == (outer["StackId"], outer["StackId"])
    assert (inner["StackStatus"], inner["Outputs"][0]["OutputValue"]) == ("CREATE_COMPLETE", "a-inner")
    assert {"ParameterKey": "Seconds", "ParameterValue": "30,60"} in inner["Parameters"]
    assert inner["StackName"] in [stack["StackName"] for stack in client.describe_stacks()["Stacks"]]
    inner_events = client.describe_stack_events(StackName=inner_id)["StackEvents"]
    assert {event["LogicalResourceId"] for event in inner_events} == {inner["StackName"], "Queue"}
    # The CDK's command follows these events, once it knows whose they are.
    started = [
        event["PhysicalResourceId"]
        for event in client.describe_stack_events(StackName="outer")["StackEvents"]
        if (event["LogicalResourceId"], event["ResourceStatus"]) == ("Inner", "CREATE_IN_PROGRESS")
    ]
    assert inner_id in started

    second = _outer(_nested(cloud, INNER, "1.json", Prefix="b"))
    assert stacks.deploy(cloud, "outer", second, create=False) == "UPDATE_COMPLETE"
    assert _queues(cloud) == ["after-b-inner", "b-inner"]
    assert _resource(cloud, "outer", "Inner")["PhysicalResourceId"] == inner_id

    assert stacks.delete(cloud, "outer") == "DELETE_COMPLETE"
    assert client.describe_stacks(StackName=inner_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert _queues(cloud) == []


def test_a_nested_stack_that_fails_takes_the_one_around_it_along(cloud: RunningCloud) -> None:
    bad = {**INNER, "Resources": {"Queue": QUEUE, "Bad": {**BAD, "DependsOn": "Queue"}}}
    before = {"Before": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "before"}}}
    inner = {**_nested(cloud, bad, "bad.json", Prefix="c"), "DependsOn": "Before"}

    assert stacks.deploy(cloud, "failing", {**before, **_outer(inner)}, create=True) == "ROLLBACK_COMPLETE"

    assert _queues(cloud) == []
    assert "was not successfully created: The following resource(s) failed to create: [Bad]" in stacks.reasons(
        cloud, "failing"
    )
    alive = cloud.client("cloudformation", ACCOUNT).describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in alive if stack["StackName"].startswith("failing-")] == []


def test_a_nested_stack_goes_back_with_the_one_around_it(cloud: RunningCloud) -> None:
    first = _outer(_nested(cloud, INNER, "1.json", Prefix="d"))
    assert stacks.deploy(cloud, "back", first, create=True) == "CREATE_COMPLETE"

    # The nested stack fails.
    bad = {**INNER, "Resources": {"Queue": QUEUE, "Bad": {**BAD, "DependsOn": "Queue"}}}
    failing = _outer(_nested(cloud, bad, "bad.json", Prefix="e"))
    assert stacks.deploy(cloud, "back", failing, create=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert _queues(cloud) == ["after-d-inner", "d-inner"]
    assert "was not successfully updated. Currently in UPDATE_ROLLBACK_COMPLETE" in stacks.reasons(cloud, "back")

    # Something fails after the nested stack was changed.
    other = _outer(_nested(cloud, INNER, "1.json", Prefix="e"), Bad={**BAD, "DependsOn": "Outer"})
    assert stacks.deploy(cloud, "back", other, create=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert _queues(cloud) == ["after-d-inner", "d-inner"]
    assert stacks.delete(cloud, "back") == "DELETE_COMPLETE"


def test_a_template_or_a_parameter_that_is_not_there_fails_before_anything_is_made(cloud: RunningCloud) -> None:
    missing = _nested(cloud, INNER, "1.json")
    assert stacks.deploy(cloud, "parameterless", {"Inner": missing}, create=True) == "ROLLBACK_COMPLETE"
    assert "Parameters: [Prefix] must have values" in stacks.reasons(cloud, "parameterless")
    missing["Properties"]["TemplateURL"] = f"https://s3.us-east-1.amazonaws.com/{BUCKET}/none.json"
    assert stacks.deploy(cloud, "templateless", {"Inner": missing}, create=True) == "ROLLBACK_COMPLETE"
    assert "cannot read" in stacks.reasons(cloud, "templateless")
