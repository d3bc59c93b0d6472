"""The matcher against the examples of AWS's own pages."""

import pytest

from contract import keys
from tests.support.iam.matching import action_like, arn_like, holds

pytestmark = pytest.mark.security("iam")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
@pytest.mark.parametrize(
    ("key", "matches"),
    [
        ("1/test/object.jpg", True),
        ("1/2/test/object.jpg", True),
        ("1/2/test/3/object.jpg", True),
        ("1/2/3/test/4/object.jpg", True),
        ("1-test/object.jpg", False),
        ("test/object.jpg", False),
    ],
)
def test_a_star_reaches_over_slashes(key: str, matches: bool) -> None:
    bucket = "arn:aws:s3:::amzn-s3-demo-bucket"

    assert arn_like(f"{bucket}/*/test/*", f"{bucket}/{key}") is matches


def test_a_star_does_not_reach_over_the_parts_of_an_arn() -> None:
    assert arn_like("arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/a:b")
    assert not arn_like("arn:aws:sqs:*:queue", "arn:aws:sqs:us-east-1:123456789012:queue")
    assert arn_like("*", "arn:aws:sqs:us-east-1:123456789012:queue")
    assert not arn_like("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket")


def test_a_question_mark_is_any_one_character() -> None:
    assert arn_like("arn:aws:s3:::amzn-s3-demo-bucket-202?", "arn:aws:s3:::amzn-s3-demo-bucket-2024")
    assert not arn_like("arn:aws:s3:::amzn-s3-demo-bucket-202?", "arn:aws:s3:::amzn-s3-demo-bucket-202")
    assert not arn_like("arn:aws:s3:::a.b", "arn:aws:s3:::axb")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
@pytest.mark.parametrize("action", ["CreateAccessKey", "DeleteAccessKey", "ListAccessKeys", "UpdateAccessKey"])
def test_a_star_stands_anywhere_in_an_action(action: str) -> None:
    assert action_like("iam:*AccessKey*", f"iam:{action}")
    assert action_like("IAM:listaccesskeys", "iam:ListAccessKeys")
    assert not action_like("iam:*AccessKey*", "iam:CreateUser")
    assert not action_like("s3:*", f"iam:{action}")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/job-category": ["somebody", "iamuser-admin"]}}, True),
        ({"StringEquals": {"aws:PrincipalTag/job-category": "IamUser-admin"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-*"}}, False),
        ({"StringLike": {"aws:PrincipalTag/job-category": "iamuser-*"}}, True),
        ({"StringNotEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}, False),
        ({"StringEquals": {"aws:RequestTag/absent": "x"}}, False),
        ({"StringEqualsIfExists": {"aws:RequestTag/absent": "x"}}, True),
        ({"StringNotEquals": {"aws:RequestTag/absent": "x"}}, True),
        ({"Null": {"aws:RequestTag/absent": "true"}}, True),
        ({"Null": {"aws:PrincipalTag/job-category": "true"}}, False),
        ({"Null": {"aws:PrincipalTag/job-category": False}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:topic"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:topic"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:999999999999:*"}}, True),
        # All operators and all keys have to be met.
        ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:RequestTag/absent": "x"}}, False),
    ],
)
def test_conditions_are_met_as_aws_says(condition: dict[str, dict[str, object]], met: bool) -> None:
    context = {
        "aws:principaltag/job-category": "iamuser-admin",
        "aws:securetransport": "true",
        "aws:sourcearn": "arn:aws:sns:us-east-1:123456789012:topic",
    }

    assert holds(condition, context) is met


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
@pytest.mark.parametrize(
    ("operator", "got", "met"),
    [
        ("ForAllValues:StringEquals", ("environment", "cost-center"), True),
        ("ForAllValues:StringEquals", ("environment",), True),
        ("ForAllValues:StringEquals", "environment", True),
        ("ForAllValues:StringEquals", ("environment", "owner"), False),
        ("ForAllValues:StringEquals", ("owner",), False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringEquals", (), True),
        ("ForAllValues:StringEquals", "", True),
        ("ForAllValues:StringNotEquals", ("owner", "stage"), True),
        ("ForAllValues:StringNotEquals", ("owner", "environment"), False),
        ("ForAllValues:StringNotEquals", None, True),
        ("ForAnyValue:StringEquals", ("environment", "owner"), True),
        ("ForAnyValue:StringEquals", ("owner", "stage"), False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringEquals", (), False),
        ("ForAnyValue:StringEquals", "", False),
        ("ForAnyValue:StringLike", ("owner", "cost-center"), True),
        ("ForAnyValue:StringNotEquals", ("owner", "environment"), True),
        ("ForAnyValue:StringNotEquals", ("environment", "cost-center"), False),
        ("ForAnyValue:StringNotEquals", None, False),
    ],
)
def test_sets_of_values_are_compared_as_aws_says(operator: str, got: str | tuple[str, ...] | None, met: bool) -> None:
    context = {} if got is None else {"aws:tagkeys": got}

    assert holds({operator: {"aws:TagKeys": ["environment", "cost-center"]}}, context) is met


def test_a_set_operator_reads_the_values_of_a_policy_that_has_one() -> None:
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": keys.DEPLOYMENTS.of("perennial-qa")}}

    assert holds(condition, {"dynamodb:leadingkeys": (keys.DEPLOYMENTS.of("perennial-qa"),)})
    assert not holds(
        condition,
        {"dynamodb:leadingkeys": (keys.DEPLOYMENTS.of("perennial-qa"), keys.ENDPOINT_LEASE.of("perennial-qa"))},
    )


@pytest.mark.parametrize(
    "operator",
    ["NumericEquals", "ForSomeValues:StringEquals", "ForAllValues:StringEqualsIfExists", "ForAllValues:Null"],
)
def test_an_unknown_operator_is_never_met(operator: str) -> None:
    with pytest.raises(ValueError, match=f"got the condition operator {operator}; known are Null, StringEquals"):
        holds({operator: {"s3:max-keys": "10"}}, {})
