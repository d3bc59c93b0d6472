"""Condition operators, after the examples of IAM's documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from typing import Any

import pytest

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.iam.conditions import holds, matches, substitute


@pytest.mark.parametrize(
    ("conditions", "context", "expected"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {"aws:requestedregion": "us-east-1"}, True),
        ({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}, {"aws:requestedregion": "us-east-1"}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {}, False),
        ({"StringEqualsIfExists": {"aws:RequestedRegion": "us-east-1"}}, {}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, {}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}, {"aws:requestedregion": "eu-west-1"}, False),
        ({"StringLike": {"s3:prefix": "raw/*"}}, {"s3:prefix": "raw/flights/"}, True),
        ({"StringLike": {"s3:prefix": "raw/*"}}, {"s3:prefix": "models/"}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:securetransport": "true"}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10"}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00+00:00"}}, {"aws:currenttime": "2026-06-01T00:00:00+00:00"}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:sourceip": "203.0.113.7"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:sourceip": "203.0.113.7"}, False),
        ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ["a"]}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ["a", "c"]}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ["a", "c"]}, True),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}}, {}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:t*"}}, {"aws:sourcearn": "arn:aws:sns:us-east-1:123456789012:topic"}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:t"}}, {"aws:sourcearn": "arn:aws:sns:us-east-1:123456789012:t"}, False),
    ],
)  # fmt: skip
def test_operator(conditions: dict[str, Any], context: dict[str, Any], expected: bool) -> None:
    assert holds(conditions, context) is expected


def test_an_unknown_operator_is_never_taken_as_met() -> None:
    with pytest.raises(NotEmulatedError, match="BinaryEquals"):
        holds({"BinaryEquals": {"k": "eA=="}}, {"k": "eA=="})


def test_wildcards_match_across_slashes_and_nothing_else_is_special() -> None:
    assert matches("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y")
    assert matches("a?c", "abc")
    assert not matches("a[b]c", "abc")


def test_policy_variables() -> None:
    assert substitute("home/${aws:username}/*", {"aws:username": "ann"}) == "home/ann/*"
    assert substitute("home/${aws:username}/*", {}) == "home/${aws:username}/*"
