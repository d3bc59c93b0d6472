"""Permissions boundaries: what a role may do is what its policies and its boundary both allow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.server.test_cloudformation import _deploy
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, as_role, make_role

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    ],
}


def _allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _boundary(cloud: RunningCloud, name: str, *statements: dict[str, Any]) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    made = cloud.client("iam", ACCOUNT).create_policy(PolicyName=name, PolicyDocument=document)
    return str(made["Policy"]["Arn"])


def _bounded(cloud: RunningCloud, name: str, *boundary: dict[str, Any]) -> str:
    """A role that may do much, within a boundary."""
    arn = make_role(cloud, name, [_allow("sns:ListTopics", "sqs:ListQueues")])
    limit = _boundary(cloud, f"{name}-boundary", *boundary)
    cloud.client("iam", ACCOUNT).put_role_permissions_boundary(RoleName=name, PermissionsBoundary=limit)
    return arn


def _denied(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Message"])


def test_a_role_does_what_both_allow(cloud: RunningCloud) -> None:
    role = _bounded(cloud, "both", _allow("sns:*", "dynamodb:*"))
    as_role(cloud, role, "sns").list_topics()
    # Allowed by the role alone, and by the boundary alone.
    said = _denied(as_role(cloud, role, "sqs").list_queues)
    assert "because no permissions boundary allows the sqs:ListQueues action" in said
    said = _denied(as_role(cloud, role, "dynamodb").list_tables)
    assert "because no identity-based policy allows the dynamodb:ListTables action" in said


def test_an_explicit_deny_in_the_boundary_wins(cloud: RunningCloud) -> None:
    deny = {"Effect": "Deny", "Action": "sns:ListTopics", "Resource": "*"}
    role = _bounded(cloud, "denying", _allow("*"), deny)
    assert "explicit deny in a permissions boundary" in _denied(as_role(cloud, role, "sns").list_topics)
    as_role(cloud, role, "sqs").list_queues()


def test_without_its_boundary_a_role_does_all_that_its_policies_allow(cloud: RunningCloud) -> None:
    role = _bounded(cloud, "freed", _allow("sns:*"))
    sqs = as_role(cloud, role, "sqs")
    _denied(sqs.list_queues)
    cloud.client("iam", ACCOUNT).delete_role_permissions_boundary(RoleName="freed")
    sqs.list_queues()


def test_a_resource_policy_that_names_the_role_is_narrowed_one_that_names_the_session_is_not(
    cloud: RunningCloud,
) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    root = cloud.client("s3", ACCOUNT)
    root.create_bucket(Bucket="bounded")
    root.put_object(Bucket="bounded", Key="a", Body=b"1")
    role = _bounded(cloud, "reader", _allow("sns:*"))
    s3 = as_role(cloud, role, "s3")

    def let_in(principal: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bounded/*",
        }
        root.put_bucket_policy(Bucket="bounded", Policy=json.dumps({"Statement": [statement]}))

    let_in(role)
    assert "no permissions boundary allows" in _denied(s3.get_object, Bucket="bounded", Key="a")
    let_in(f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/test")
    assert s3.get_object(Bucket="bounded", Key="a")["Body"].read() == b"1"


def test_a_boundary_must_exist_and_stays_while_it_is_used(cloud: RunningCloud) -> None:
    iam = cloud.client("iam", ACCOUNT)
    missing = f"arn:aws:iam::{ACCOUNT}:policy/nowhere"
    request = {"RoleName": "nobody", "AssumeRolePolicyDocument": json.dumps(TRUST)}
    with pytest.raises(ClientError, match=f"Scope ARN: {missing} does not exist or is not attachable") as raised:
        iam.create_role(**request, PermissionsBoundary=missing)
    assert raised.value.response["Error"]["Code"] == "NoSuchEntity"

    used = _boundary(cloud, "used", _allow("*"))
    iam.create_role(**request, PermissionsBoundary=used)
    with pytest.raises(ClientError, match="Cannot delete a policy attached to entities"):
        iam.delete_policy(PolicyArn=used)
    iam.delete_role(RoleName="nobody")
    iam.delete_policy(PolicyArn=used)


def test_a_stack_puts_changes_and_removes_a_boundary(cloud: RunningCloud) -> None:
    iam = cloud.client("iam", ACCOUNT)
    first, second = (_boundary(cloud, name, _allow("*")) for name in ("first", "second"))

    def deploy(*, create: bool = False, **more: str) -> Any:
        role = {"RoleName": "stacked", "AssumeRolePolicyDocument": TRUST, **more}
        status = _deploy(cloud, "bounded", {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}, create=create)
        assert status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        found = iam.get_role(RoleName="stacked")["Role"]
        return found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    assert deploy(create=True, PermissionsBoundary=first) == first
    assert deploy(PermissionsBoundary=second) == second
    assert deploy() is None
