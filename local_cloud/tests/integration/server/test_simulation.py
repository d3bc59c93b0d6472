"""SimulatePrincipalPolicy and SimulateCustomPolicy over boto3."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

# What ModelTrainer of the SageMaker SDK 3.27.0 asks for, of a role that trains.
ACTIONS = ["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "ec2:DescribeVpcs"]


@pytest.fixture(scope="module")
def iam(cloud: RunningCloud) -> Any:
    return cloud.client("iam", ACCOUNT)


def _policy(*actions: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": "*", **more}


def _text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, iam: Any) -> str:
    """Inline: two of the actions; attached: the third; its boundary takes one of them away."""
    arn = make_role(cloud, "trainer", [_policy("ecr:*", "cloudwatch:PutMetricData")])
    attached = iam.create_policy(PolicyName="networks", PolicyDocument=_text(_policy("ec2:Describe*")))
    iam.attach_role_policy(RoleName="trainer", PolicyArn=attached["Policy"]["Arn"])
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=_text(_policy("ecr:*", "ec2:*", "iam:*")))
    iam.put_role_permissions_boundary(RoleName="trainer", PermissionsBoundary=limit["Policy"]["Arn"])
    return arn


def _results(answer: dict[str, Any]) -> dict[str, str]:
    return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}


def _error(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_role_is_simulated_with_all_of_its_policies(iam: Any, role: str) -> None:
    answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=ACTIONS)

    assert _results(answer) == dict(zip(ACTIONS, ("allowed", "implicitDeny", "allowed"), strict=True))
    matched = [result["MatchedStatements"] for result in answer["EvaluationResults"]]
    assert matched == [
        [{"SourcePolicyId": "role_trainer_inline", "SourcePolicyType": "IAM Policy"}],
        [],
        [{"SourcePolicyId": "networks", "SourcePolicyType": "IAM Policy"}],
    ]
    within = [result["PermissionsBoundaryDecisionDetail"] for result in answer["EvaluationResults"]]
    assert [item["AllowedByPermissionsBoundary"] for item in within] == [True, False, True]
    assert answer["IsTruncated"] is False


def test_another_policy_and_another_boundary_are_tried(iam: Any, role: str) -> None:
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["cloudwatch:PutMetricData", "ec2:DescribeVpcs"],
        PolicyInputList=[_text(_policy("ec2:*", effect="Deny"))],
        PermissionsBoundaryPolicyInputList=[_text(_policy("*"))],
    )
    assert _results(answer) == {"cloudwatch:PutMetricData": "allowed", "ec2:DescribeVpcs": "explicitDeny"}
    denied = answer["EvaluationResults"][1]["MatchedStatements"]
    assert denied == [{"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "IAM Policy"}]


def test_pages_follow_each_other(iam: Any, role: str) -> None:
    pages = list(
        iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role, ActionNames=ACTIONS, PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 1]
    assert [name for page in pages for name in _results(page)] == ACTIONS


def test_policies_that_are_sent_are_simulated_in_a_context(iam: Any) -> None:
    where = {"StringEquals": {"aws:RequestedRegion": ["us-east-1"]}, "ForAllValues:StringEquals": {"aws:TagKeys": "a"}}
    request = {"PolicyInputList": [_text(_policy("s3:*", Condition=where))], "ActionNames": ["s3:GetObject"]}

    (lacking,) = iam.simulate_custom_policy(**request)["EvaluationResults"]
    (given,) = iam.simulate_custom_policy(
        **request,
        ContextEntries=[
            {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": ["us-east-1"], "ContextKeyType": "string"},
            {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a"], "ContextKeyType": "stringList"},
        ],
    )["EvaluationResults"]

    assert (lacking["EvalDecision"], lacking["MissingContextValues"]) == (
        "implicitDeny",
        ["aws:RequestedRegion", "aws:TagKeys"],
    )
    assert (given["EvalDecision"], given["MissingContextValues"]) == ("allowed", [])


def test_a_bucket_policy_is_simulated_for_the_role_that_it_names(iam: Any, role: str) -> None:
    resource = "arn:aws:s3:::bucket/*"
    text = _text({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "s3:GetObject", "Resource": resource})
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::bucket/key"],
        ResourcePolicy=text,
        PermissionsBoundaryPolicyInputList=[_text(_policy("s3:*"))],
    )
    (result,) = answer["EvaluationResults"]
    (of_object,) = result["ResourceSpecificResults"]
    assert (result["EvalDecision"], of_object["EvalResourceDecision"]) == ("allowed", "allowed")
    assert of_object["MatchedStatements"] == [
        {"SourcePolicyId": "ResourcePolicy", "SourcePolicyType": "Resource Policy"}
    ]


def test_who_does_not_exist_is_told_so(iam: Any) -> None:
    call = iam.simulate_principal_policy
    prefix = f"arn:aws:iam::{ACCOUNT}"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/trainer/me"
    assert _error(call, PolicySourceArn=f"{prefix}:role/nobody", ActionNames=ACTIONS) == (
        "NoSuchEntity",
        "The role with name nobody cannot be found.",
    )
    assert _error(call, PolicySourceArn=f"{prefix}:user/nobody", ActionNames=ACTIONS)[0] == "NoSuchEntity"
    assert _error(call, PolicySourceArn=session, ActionNames=ACTIONS) == (
        "InvalidInput",
        f"Invalid Entity Arn: {session} does not clearly define entity type and name.",
    )


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({"ActionNames": ["PutObject"]}, "InvalidInput", "Invalid action PutObject"),
        ({"Marker": "x"}, "InvalidInput", "Invalid Marker"),
        ({"PolicyInputList": ["{"]}, "InvalidInput", "PolicyInputList.1 is no policy"),
        ({"ResourcePolicy": "{}"}, "InvalidInput", r"Invalid Entity Arn: \*"),
        (
            {"PolicyInputList": [_text(_policy("*", Condition={"Odd": {"aws:x": "y"}}))]},
            "NotEmulated",
            "condition operator Odd",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    iam: Any, role: str, request_: dict[str, Any], code: str, words: str
) -> None:
    told = _error(iam.simulate_principal_policy, **{"PolicySourceArn": role, "ActionNames": ACTIONS} | request_)
    assert told[0] == code
    assert re.search(words, told[1])


def test_it_takes_a_permission_on_the_role(cloud: RunningCloud, role: str) -> None:
    statement = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": role}
    asking = as_role(cloud, make_role(cloud, "asks", [statement]), "iam")

    assert asking.simulate_principal_policy(PolicySourceArn=role, ActionNames=ACTIONS)["EvaluationResults"]
    assert (
        _error(asking.simulate_principal_policy, PolicySourceArn=f"{role}2", ActionNames=ACTIONS)[0] == "AccessDenied"
    )
