"""A server that is killed while it deploys leaves no stack between old and new, nor one within another."""

import json
from pathlib import Path
from typing import Any

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until


def _template(name: str, value: int) -> dict[str, Any]:
    setting = {"Name": f"/{name}", "Type": "String", "Value": str(value)}
    queue = {"QueueName": name, "VisibilityTimeout": value}
    return {
        "Resources": {
            "Setting": {"Type": "AWS::SSM::Parameter", "Properties": setting},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue, "DependsOn": "Setting"},
        }
    }


def _around(cloud: RunningCloud, value: int) -> str:
    """A stack with another one in it."""
    key = f"{value}.json"
    cloud.client("s3", ACCOUNT).put_object(Bucket="templates", Key=key, Body=json.dumps(_template("inner", value)))
    inner = {"TemplateURL": f"https://templates.s3.amazonaws.com/{key}"}
    outer = _template("outer", value)
    outer["Resources"]["Inner"] = {"Type": "AWS::CloudFormation::Stack", "Properties": inner, "DependsOn": "Queue"}
    return json.dumps(outer)


def _hang(cloud: RunningCloud, operation: str, parameter: str) -> None:
    fault = {"kind": "hang", "service": "sqs", "operation": operation, "principal": "root"}
    cloud.control("faults", {"add": {**fault, "match": {parameter: ".*(inner|made)"}}})


def _status(cloud: RunningCloud, name: str) -> str | None:
    (stack,) = cloud.client("cloudformation", ACCOUNT).describe_stacks(StackName=name)["Stacks"]
    return None if stack["StackStatus"].endswith("_IN_PROGRESS") else str(stack["StackStatus"])


def _values(cloud: RunningCloud) -> dict[str, set[str]]:
    settings, queues = cloud.client("ssm", ACCOUNT), cloud.client("sqs", ACCOUNT)
    found: dict[str, set[str]] = {}
    for item in settings.get_parameters(Names=["/inner", "/outer", "/made"])["Parameters"]:
        found.setdefault(item["Name"][1:], set()).add(item["Value"])
    for url in queues.list_queues().get("QueueUrls", ()):
        attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        found.setdefault(url.rsplit("/", maxsplit=1)[-1], set()).add(attributes["VisibilityTimeout"])
    return found


def test_stacks_go_back_to_what_they_were(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        cloud.client("s3", ACCOUNT).create_bucket(Bucket="templates")
        client = cloud.client("cloudformation", ACCOUNT)
        client.create_stack(StackName="around", TemplateBody=_around(cloud, 1))
        assert until(lambda: _status(cloud, "around")) == "CREATE_COMPLETE"
        _hang(cloud, "SetQueueAttributes", "QueueUrl")
        _hang(cloud, "CreateQueue", "QueueName")
        client.update_stack(StackName="around", TemplateBody=_around(cloud, 2))
        client.create_stack(StackName="made", TemplateBody=json.dumps(_template("made", 2)))
        until(lambda: all(fault["hits"] for fault in cloud.control("faults", {"list": True})["faults"]))
        assert _values(cloud) == {"outer": {"2"}, "inner": {"1", "2"}, "made": {"2"}}
        cloud.save()

        with cloud.restart(crash=True) as again:
            assert until(lambda: _status(again, "around")) == "UPDATE_ROLLBACK_COMPLETE"
            assert until(lambda: _status(again, "made")) == "ROLLBACK_COMPLETE"
            assert _values(again) == {"outer": {"1"}, "inner": {"1"}}
            again.client("cloudformation", ACCOUNT).update_stack(StackName="around", TemplateBody=_around(again, 2))
            assert until(lambda: _status(again, "around")) == "UPDATE_COMPLETE"
            assert _values(again) == {"outer": {"2"}, "inner": {"2"}}
