import dataclasses
from typing import Any

import pytest

from tests.support.iam.roles import Role, Stack

pytestmark = pytest.mark.security("iam")

_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [
                {"Fn::Join": ["", [{"Fn::GetAtt": ["Data0123ABCD", "Arn"]}, "/in/*"]]},
                "arn:aws:s3:::other/*",
            ],
        },
        {
            "Effect": "Deny",
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        },
        {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Topic"}},
        {
            "Effect": "Allow",
            "Action": "logs:PutLogEvents",
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:logs:*:${Data0123ABCD}"},
        },
    ],
}


def _stack(**role: Any) -> Stack:
    return Stack(
        name="App",
        account_id="111111111111",
        region="eu-west-1",
        template={
            "Resources": {
                "WorkerRoleDEADBEEF": {"Type": "AWS::IAM::Role", "Properties": role},
                "Policy": {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {"Roles": [{"Ref": "WorkerRoleDEADBEEF"}], "PolicyDocument": _POLICY},
                },
                "Managed": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {"PolicyDocument": _single("kms:Decrypt")},
                },
                "Data0123ABCD": {"Type": "AWS::S3::Bucket"},
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Topic": {"Type": "AWS::SNS::Topic"},
            }
        },
        physical_ids={
            "WorkerRoleDEADBEEF": "App-WorkerRole-1",
            "Data0123ABCD": "data",
            "Queue": "https://sqs.eu-west-1.amazonaws.com/111111111111/q",
            "Topic": "arn:aws:sns:eu-west-1:111111111111:t",
        },
    )


def _single(action: str) -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}


def _role(**role: Any) -> Role:
    (found,) = _stack(**role).roles()
    return found


def test_a_role_is_known_by_its_construct_and_its_arn() -> None:
    role = _role()

    assert (role.name, role.arn) == ("WorkerRole", "arn:aws:iam::111111111111:role/App-WorkerRole-1")


def test_each_action_on_each_resource_is_a_grant_with_deployed_names() -> None:
    found = [(item.action, item.resource, item.template, item.allows) for item in _role().grants]

    assert found == [
        ("s3:GetObject", "arn:aws:s3:::data/in/*", "${Data}/in/*", True),
        ("s3:GetObject", "arn:aws:s3:::other/*", "arn:aws:s3:::other/*", True),
        ("s3:PutObject", "arn:aws:s3:::data/in/*", "${Data}/in/*", True),
        ("s3:PutObject", "arn:aws:s3:::other/*", "arn:aws:s3:::other/*", True),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:q", "${Queue}", False),
        ("sns:Publish", "arn:aws:sns:eu-west-1:111111111111:t", "${Topic}", True),
        ("logs:PutLogEvents", "arn:aws:logs:*:data", "arn:${AWS::Partition}:logs:*:${Data0123ABCD}", True),
    ]


def test_names_in_conditions_are_filled_in_too() -> None:
    (grant,) = [item for item in _role().grants if item.condition]

    assert grant.condition == {"StringEquals": {"aws:SourceAccount": ["111111111111"]}}
    assert grant.condition_text == '{"StringEquals": {"aws:SourceAccount": ["111111111111"]}}'


def test_inline_and_attached_policies_count() -> None:
    role = _role(Policies=[{"PolicyDocument": _single("s3:ListAllMyBuckets")}], ManagedPolicyArns=[{"Ref": "Managed"}])

    assert {"s3:ListAllMyBuckets", "kms:Decrypt", "sns:Publish"} <= {item.action for item in role.grants}


def test_a_policy_of_aws_counts_when_its_text_is_given() -> None:
    name = "service-role/AWSLambdaBasicExecutionRole"
    stack = _stack(
        ManagedPolicyArns=[{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::aws:policy/{name}"]]}]
    )
    given = {f"arn:aws:iam::aws:policy/{name}": _single("logs:CreateLogGroup")}

    (role,) = dataclasses.replace(stack, managed_policies=given).roles()

    assert [(item.action, item.resource) for item in role.grants if item.resource == "*"] == [
        ("logs:CreateLogGroup", "*")
    ]


def test_a_policy_of_aws_whose_text_is_not_given_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"WorkerRoleDEADBEEF has the policy .*AdministratorAccess, whose text"):
        _role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])


def test_what_is_not_known_is_an_error() -> None:
    stack = _stack()

    with pytest.raises(ValueError, match=r"got Data0123ABCD.DomainName of AWS::S3::Bucket"):
        stack.resolve({"Fn::GetAtt": ["Data0123ABCD", "DomainName"]})
    with pytest.raises(ValueError, match=r"got .*Fn::Select"):
        stack.resolve({"Fn::Select": [0, ["a"]]})


def test_a_policy_variable_is_an_error_and_never_a_pattern() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/${aws:PrincipalAccount}/*"}

    with pytest.raises(ValueError, match="policy variables are not known"):
        _role(Policies=[{"PolicyDocument": {"Statement": statement}}])
