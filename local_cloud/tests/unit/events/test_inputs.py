"""Inputs of targets, with the examples of AWS.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
from typing import Any

import pytest

from local_cloud.services.events import inputs

RULE = "arn:aws:events:us-east-1:123456789012:rule/example"
INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": [INSTANCE],
    "detail": {"instance-id": "i-0123456789", "state": "RUNNING", "count": 2, "tags": {"a": 1}},
}
PATHS = {
    "instance": "$.detail.instance-id",
    "status": "$.detail.state",
    "count": "$.detail.count",
    "tags": "$.detail.tags",
    "first": "$.resources[0]",
    "missing": "$.detail.nothing",
}


def _payload(**target: Any) -> str:
    return inputs.payload(target, EVENT, rule_arn=RULE, ingested="2026-01-01T00:00:00Z")


def _template(template: str) -> str:
    return _payload(InputTransformer={"InputPathsMap": PATHS, "InputTemplate": template})


def test_the_event_itself_unless_told_otherwise() -> None:
    assert json.loads(_payload()) == EVENT


def test_a_constant_and_a_part() -> None:
    assert _payload(Input='{"a": 1}') == '{"a": 1}'
    assert json.loads(_payload(InputPath="$.detail")) == EVENT["detail"]
    assert json.loads(_payload(InputPath="$")) == EVENT


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"instance <instance> is in <status>"', "instance i-0123456789 is in RUNNING"),
        ('{"instance": <instance>, "state": <status>}', {"instance": "i-0123456789", "state": "RUNNING"}),
        (
            '{"myInstance": <instance>, "myStatus": "<instance> is in state \\"<status>\\""}',
            {"myInstance": "i-0123456789", "myStatus": 'i-0123456789 is in state "RUNNING"'},
        ),
        ('{"n": <count>, "tags": <tags>, "arn": <first>}', {"n": 2, "tags": {"a": 1}, "arn": INSTANCE}),
        ('{"text": "a<missing>b"}', {"text": "ab"}),
        ('{"rule": <aws.events.rule-name>, "arn": <aws.events.rule-arn>}', {"rule": "example", "arn": RULE}),
        ('{"at": <aws.events.event.ingestion-time>}', {"at": "2026-01-01T00:00:00Z"}),
        ('{"all": <aws.events.event.json>}', {"all": EVENT}),
        ('{"head": <aws.events.event>}', {"head": {k: v for k, v in EVENT.items() if k != "detail"}}),
        ("<tags>", {"a": 1}),
    ],
)
def test_templates(template: str, expected: Any) -> None:
    assert json.loads(_template(template)) == expected


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Input": "{}", "InputPath": "$"}, "Only one of"),
        ({"Input": "{"}, "JSON syntax error"),
        ({"InputPath": "detail"}, "Invalid JSON path"),
        ({"InputTransformer": {"InputPathsMap": {"a": "$..b"}, "InputTemplate": "<a>"}}, "Invalid JSON path"),
        ({"InputTransformer": {"InputTemplate": "plain text"}}, "Invalid InputTemplate"),
    ],
)
def test_inputs_that_are_refused(target: dict[str, Any], message: str) -> None:
    assert message in str(inputs.problem({"Id": "1", **target}))


def test_inputs_that_are_taken() -> None:
    transformer = {"InputPathsMap": PATHS, "InputTemplate": '"<instance>"'}
    assert inputs.problem({"Id": "1", "InputTransformer": transformer}) is None
    assert inputs.problem({"Id": "1", "InputPath": "$.detail.tags[0].a-b"}) is None
