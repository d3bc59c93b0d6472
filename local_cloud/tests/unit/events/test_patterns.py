"""Patterns and events from AWS's own pages.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
from typing import Any

import pytest

from local_cloud.services.events import patterns

EC2 = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": [
        "arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0",
        "arn:aws:ec2:us-west-1:123456789012:instance/i-b188560f",
    ],
    "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"},
}
SCORES = {
    "source": "app",
    "detail": {
        "state": "running",
        "x-limit": 301.8,
        "c-count": 10,
        "whole": 300,
        "flag": True,
        "nothing": None,
        "empty": "",
        "none": [],
        "ip": "10.0.0.17",
        "file": "dir/a/b.png",
        "tags": ["a", "b"],
        "person": {"address": {"city": "Anytown"}},
        "metrics": [{"name": "auc", "ok": True}, {"name": "mae", "ok": False}],
    },
}


def _matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    return patterns.matches(patterns.parse(json.dumps(pattern)), event)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.ec2"], "detail": {"state": ["terminated"]}}, True),
        ({"source": ["aws.ec2"], "detail": {"state": ["running"]}}, False),
        ({"source": ["aws.s3", "aws.ec2"]}, True),
        ({"resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-b188560f", "arn:other"]}, True),
        ({"resources": ["arn:other"]}, False),
        ({"time": [{"prefix": "2017-12-22"}]}, True),
        ({"missing": ["x"]}, False),
        ({"detail": {"missing": {"deeper": ["x"]}}}, False),
    ],
)
def test_exact_values_and_nesting(pattern: dict[str, Any], expected: bool) -> None:
    assert _matches(pattern, EC2) is expected


@pytest.mark.parametrize(
    ("field", "filters", "expected"),
    [
        ("state", [{"prefix": "run"}], True),
        ("state", [{"prefix": "Run"}], False),
        ("state", [{"prefix": {"equals-ignore-case": "RUN"}}], True),
        ("file", [{"suffix": ".png"}], True),
        ("file", [{"suffix": {"equals-ignore-case": ".PNG"}}], True),
        ("state", [{"equals-ignore-case": "RUNNING"}], True),
        ("file", [{"wildcard": "dir/*.png"}], True),
        ("file", [{"wildcard": "*/lib/*"}], False),
        ("state", [{"anything-but": "initializing"}], True),
        ("state", [{"anything-but": ["running", "stopped"]}], False),
        ("c-count", [{"anything-but": [100, 200]}], True),
        ("c-count", [{"anything-but": 10}], False),
        ("state", [{"anything-but": {"prefix": "run"}}], False),
        ("state", [{"anything-but": {"prefix": ["x", "run"]}}], False),
        ("file", [{"anything-but": {"suffix": ".txt"}}], True),
        ("state", [{"anything-but": {"equals-ignore-case": ["RUNNING"]}}], False),
        ("file", [{"anything-but": {"wildcard": "*/lib/*"}}], True),
        ("missing", [{"anything-but": "x"}], False),
        ("c-count", [{"numeric": [">", 0, "<=", 10]}], True),
        ("c-count", [{"numeric": ["<", 10]}], False),
        ("x-limit", [{"numeric": ["=", 3.018e2]}], True),
        ("state", [{"numeric": [">", 0]}], False),
        ("flag", [{"numeric": ["=", 1]}], False),
        ("whole", [300], True),
        ("whole", [300.0], False),
        ("flag", [True], True),
        ("flag", [1], False),
        ("nothing", [None], True),
        ("empty", [""], True),
        ("empty", [None], False),
        ("ip", [{"cidr": "10.0.0.0/24"}], True),
        ("ip", [{"cidr": "10.0.1.0/24"}], False),
        ("state", [{"cidr": "10.0.0.0/24"}], False),
        ("state", [{"exists": True}], True),
        ("missing", [{"exists": True}], False),
        ("missing", [{"exists": False}], True),
        ("state", [{"exists": False}], False),
        ("tags", ["b"], True),
        ("tags", [{"prefix": "c"}], False),
        ("state", ["stopped", {"prefix": "run"}], True),
    ],
)  # fmt: skip
def test_operators(field: str, filters: list[Any], expected: bool) -> None:
    assert _matches({"detail": {field: filters}}, SCORES) is expected


def test_exists_sees_leaves_only() -> None:
    assert not _matches({"detail": {"person": {"address": [{"exists": True}]}}}, SCORES)
    assert _matches({"detail": {"person": {"address": {"city": [{"exists": True}]}}}}, SCORES)


def test_or_needs_one_of_its_patterns() -> None:
    either: dict[str, Any] = {"$or": [{"c-count": [{"numeric": [">", 50]}]}, {"state": ["running"]}]}

    assert _matches({"detail": either}, SCORES)
    assert not _matches({"detail": {**either, "flag": [False]}}, SCORES)
    assert not _matches({"detail": {"$or": [{"c-count": [11]}, {"state": ["stopped"]}]}}, SCORES)


def test_conditions_on_objects_of_an_array_hold_in_one_of_them() -> None:
    assert _matches({"detail": {"metrics": {"name": ["auc"], "ok": [True]}}}, SCORES)
    assert not _matches({"detail": {"metrics": {"name": ["mae"], "ok": [True]}}}, SCORES)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "not an object"),
        ("{}", "Empty objects"),
        ('{"source": "x"}', "must be an object or an array"),
        ('{"source": []}', "Empty arrays"),
        ('{"source": [{"foo": "x"}]}', "Unrecognized match type foo"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"exists": "yes"}]}', "exists match pattern"),
        ('{"source": [{"numeric": [">"]}]}', "numeric"),
        ('{"source": [{"numeric": ["~", 1]}]}', "numeric"),
        ('{"source": [{"cidr": "x"}]}', "Malformed CIDR"),
        ('{"source": [{"wildcard": "a**b"}]}', "Consecutive wildcard"),
        ('{"source": [{"anything-but": {"numeric": ["=", 1]}}]}', "Unsupported anything-but"),
        ('{"source": [["a"]]}', "Match value"),
    ],
)
def test_patterns_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(patterns.PatternError, match=reason):
        patterns.parse(text)
