"""Two accounts, and roles in them."""

import json
from typing import Any

import boto3

from local_cloud.api import RunningCloud

ACCOUNT = "111111111111"
OTHER = "222222222222"


def make_role(
    cloud: RunningCloud, name: str, statements: list[dict[str, Any]], *, account: str = ACCOUNT, trust: Any = None
) -> str:
    """A role with one inline policy; trusts its own account unless told otherwise."""
    iam = cloud.client("iam", account)
    principal = trust or {"AWS": f"arn:aws:iam::{account}:root"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}],
    }
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(policy))
    return str(arn)


def as_role(cloud: RunningCloud, role_arn: str, service: str, *, account: str = ACCOUNT, **limits: Any) -> Any:
    """A client with the role's own temporary credentials, narrowed by session policies if any are given."""
    sts = cloud.client("sts", account)
    given = sts.assume_role(RoleArn=role_arn, RoleSessionName="test", **limits)["Credentials"]
    return boto3.client(  # type: ignore[call-overload]  # the service name is not a literal here
        service,
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
