"""Rules, bus policies and function permissions in stacks, and what they do once deployed."""

import json
from typing import Any

import pytest

from integration.events.conftest import EVENTS, Queue, send
from integration.lambda_ import functions
from integration.server.test_cloudformation import _deploy, _reasons, _settled
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, OTHER, make_role
from local_cloud.testing.waiting import until

CODE = """
import json, os
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event["detail"]))
"""


def _rule(source: str, *targets: dict[str, Any], **properties: Any) -> dict[str, Any]:
    pattern = {"source": [source]}
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": pattern,
            "Targets": [{"Id": f"Target{number}", **target} for number, target in enumerate(targets)],
            **properties,
        },
    }


def _statement(identity: str, account: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::EventBusPolicy",
        "Properties": {
            "StatementId": identity,
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "events:PutEvents",
                "Resource": {"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"},
            },
        },
    }


def _delete(cloud: RunningCloud, name: str) -> str:
    client = cloud.client("cloudformation", ACCOUNT)
    stack_id = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=name)
    return _settled(client, stack_id)


def test_a_rule_is_made_changed_and_removed(cloud: RunningCloud) -> None:
    first, second = Queue(cloud, "stack-first"), Queue(cloud, "stack-second")
    events = cloud.client("events", ACCOUNT)
    made = _rule("stack", {"Arn": first.arn, "RetryPolicy": {"MaximumRetryAttempts": 3}}, Name="deployed")
    assert _deploy(cloud, "rule", {"Rule": made}, create=True) == "CREATE_COMPLETE"
    send(cloud, "stack", {"n": 1})
    assert first.next()["body"]["detail"] == {"n": 1}

    both = _rule("stack", {"Arn": second.arn, "Input": '"constant"'}, Name="deployed", Description="second")
    assert _deploy(cloud, "rule", {"Rule": both}, create=False) == "UPDATE_COMPLETE"
    send(cloud, "stack", {"n": 2})
    assert second.next()["body"] == "constant"
    assert first.is_empty()

    off = _rule("stack", Name="deployed", State="DISABLED")
    assert _deploy(cloud, "rule", {"Rule": off}, create=False) == "UPDATE_COMPLETE"
    assert events.describe_rule(Name="deployed")["State"] == "DISABLED"
    assert events.list_targets_by_rule(Rule="deployed")["Targets"] == []

    assert _delete(cloud, "rule") == "DELETE_COMPLETE"
    assert not [rule for rule in events.list_rules()["Rules"] if rule["Name"] == "deployed"]


def test_a_rule_whose_target_is_refused_leaves_nothing_behind(cloud: RunningCloud) -> None:
    stream = {"Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"}

    assert _deploy(cloud, "refused", {"Rule": _rule("s", stream, Name="refused")}, create=True) == "ROLLBACK_COMPLETE"

    assert "does not emulate rule targets like arn:aws:kinesis" in _reasons(cloud, "refused")
    assert not cloud.client("events", ACCOUNT).list_rules(NamePrefix="refused")["Rules"]


def test_statements_of_a_bus_come_and_go_one_by_one(cloud: RunningCloud) -> None:
    events = cloud.client("events", ACCOUNT)

    def principals() -> dict[str, str]:
        policy = events.describe_event_bus().get("Policy")
        statements = json.loads(policy)["Statement"] if policy else []
        return {item["Sid"]: item["Principal"]["AWS"].split(":")[4] for item in statements}

    both = {"One": _statement("one", OTHER), "Two": _statement("two", OTHER)}
    assert _deploy(cloud, "bus", both, create=True) == "CREATE_COMPLETE"
    assert principals() == {"one": OTHER, "two": OTHER}

    changed = {"One": _statement("one", "333333333333")}
    assert _deploy(cloud, "bus", changed, create=False) == "UPDATE_COMPLETE"
    assert principals() == {"one": "333333333333"}

    assert _delete(cloud, "bus") == "DELETE_COMPLETE"
    assert principals() == {}


@pytest.fixture
def function(cloud: RunningCloud) -> tuple[str, Queue]:
    queue = Queue(cloud, "behind-function")
    sending = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}
    role = make_role(cloud, "function", [sending], trust={"Service": "lambda.amazonaws.com"})
    made = cloud.client("lambda", ACCOUNT).create_function(
        FunctionName="on-event",
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": functions.archive({"index.py": CODE})},
        Timeout=30,
        Environment={"Variables": {"QUEUE": f"{cloud.endpoint_url}/{ACCOUNT}/behind-function"}},
    )
    return str(made["FunctionArn"]), queue


def test_a_function_is_invoked_if_its_permission_names_the_rule(
    cloud: RunningCloud, function: tuple[str, Queue]
) -> None:
    arn, queue = function
    dead = Queue(cloud, "dead-function")
    rule = _rule("fn", {"Arn": arn, "DeadLetterConfig": {"Arn": dead.arn}}, Name="on-event")
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": arn,
            "Principal": EVENTS["Service"],
            "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
        },
    }

    assert _deploy(cloud, "function", {"Rule": rule, "Permission": permission}, create=True) == "CREATE_COMPLETE"
    send(cloud, "fn", {"n": 1})
    assert queue.next()["body"] == {"n": 1}

    elsewhere = {**permission["Properties"], "SourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/another"}  # type: ignore[dict-item]  # the template's values are of any kind
    changed = {"Rule": rule, "Permission": {**permission, "Properties": elsewhere}}
    assert _deploy(cloud, "function", changed, create=False) == "UPDATE_COMPLETE"
    send(cloud, "fn", {"n": 2})
    assert dead.next()["attributes"]["ERROR_CODE"] == "NO_PERMISSIONS"

    assert _delete(cloud, "function") == "DELETE_COMPLETE"
    policy = until(lambda: _policy(cloud), seconds=5)
    assert policy == []


def _policy(cloud: RunningCloud) -> list[Any]:
    client = cloud.client("lambda", ACCOUNT)
    try:
        return list(json.loads(client.get_policy(FunctionName="on-event")["Policy"])["Statement"])
    except client.exceptions.ResourceNotFoundException:
        return []
