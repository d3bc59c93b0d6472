"""Roles that somebody takes whom an OpenID Connect issuer knows, and the identity provider in a stack."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from integration.server.stacks import delete, deploy
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.web_identity import Issuer

_URL = "https://issuer.example.com"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
_CONDITION = {"StringEquals": {"issuer.example.com:aud": "sts.amazonaws.com", "issuer.example.com:sub": "repo:a/b"}}
_RESOURCES: dict[str, Any] = {
    "Provider": {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": _URL, "ClientIdList": ["sts.amazonaws.com"]}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "deployer",
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Principal": {"Federated": {"Ref": "Provider"}},
                        "Condition": _CONDITION,
                    }
                ]
            },
        },
    },
}


@pytest.fixture(scope="module")
def issuer(cloud: RunningCloud) -> Iterator[Issuer]:
    assert deploy(cloud, "identity", _RESOURCES, create=True) == "CREATE_COMPLETE"
    issuer = Issuer(_URL)
    cloud.control("issuer", issuer.order)
    yield issuer
    delete(cloud, "identity")
    assert cloud.client("iam", ACCOUNT).list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def _take(cloud: RunningCloud, token: str, *, role: str = _ROLE, **more: Any) -> dict[str, Any]:
    sts = boto3.client(
        "sts", endpoint_url=cloud.endpoint_url, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    return dict(sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="run", WebIdentityToken=token, **more))


def test_a_token_of_the_right_subject_gives_the_roles_credentials(cloud: RunningCloud, issuer: Issuer) -> None:
    answer = _take(cloud, issuer.token(sub="repo:a/b"))

    assert answer["SubjectFromWebIdentityToken"] == "repo:a/b"
    assert answer["Provider"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example.com"
    given = answer["Credentials"]
    sts = boto3.client(
        "sts",
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/run"


def test_who_may_and_who_may_not_is_in_the_record_of_calls(cloud: RunningCloud, issuer: Issuer) -> None:
    _take(cloud, issuer.token(sub="repo:a/b"))

    lines = [
        json.loads(line) for line in (cloud.settings.state_dir / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    (*_, last) = [line for line in lines if line["action"] == "sts:AssumeRoleWithWebIdentity"]
    assert (last["decision"], last["context"]["issuer.example.com:sub"]) == ("allow", "repo:a/b")


@pytest.mark.parametrize(
    ("claims", "role", "code", "told"),
    [
        ({"sub": "repo:a/c"}, _ROLE, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        ({}, _ROLE, "AccessDenied", "Not authorized"),
        ({"sub": "repo:a/b"}, f"{_ROLE}-2", "AccessDenied", "Not authorized"),
        ({"sub": "repo:a/b", "aud": "others"}, _ROLE, "InvalidIdentityToken", "Incorrect token audience"),
        ({"sub": "repo:a/b", "aud": [{}]}, _ROLE, "InvalidIdentityToken", "Incorrect token audience"),
        ({"sub": "repo:a/b", "exp": 1_000_000}, _ROLE, "ExpiredTokenException", "Token expired"),
        ({"sub": "repo:a/b", "exp": None}, _ROLE, "InvalidIdentityToken", "has null for its exp claim"),
        ({"sub": "repo:a/b", "exp": "soon"}, _ROLE, "InvalidIdentityToken", 'has "soon" for its exp claim'),
        ({"sub": "repo:a/b", "nbf": []}, _ROLE, "InvalidIdentityToken", "has [] for its nbf claim"),
        ({"sub": "repo:a/b", "nbf": 100_000_000_000}, _ROLE, "InvalidIdentityToken", "not valid yet"),
        (
            {"sub": "repo:a/b", "iss": "https://other.example.com"},
            _ROLE,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://other.example.com",
        ),
    ],
)
def test_another_token_gives_nothing(
    claims: dict[str, Any], role: str, code: str, told: str, cloud: RunningCloud, issuer: Issuer
) -> None:
    with pytest.raises(ClientError) as refused:
        _take(cloud, issuer.token(**claims), role=role)

    assert refused.value.response["Error"]["Code"] == code
    assert told in refused.value.response["Error"]["Message"]


def test_a_token_that_somebody_else_signed_gives_nothing(cloud: RunningCloud, issuer: Issuer) -> None:
    assert issuer
    with pytest.raises(ClientError, match="its signature is not the issuer's"):
        _take(cloud, Issuer(_URL).token(sub="repo:a/b"))
    with pytest.raises(ClientError, match="not a valid JWT"):
        _take(cloud, "a token")


def test_a_session_policy_that_does_not_exist_is_refused(cloud: RunningCloud, issuer: Issuer) -> None:
    missing = f"arn:aws:iam::{ACCOUNT}:policy/none"
    with pytest.raises(ClientError, match=f"the session policy {missing} does not exist"):
        _take(cloud, issuer.token(sub="repo:a/b"), PolicyArns=[{"arn": missing}])


def test_the_keys_of_an_issuer_are_not_fetched_from_the_internet(cloud: RunningCloud, issuer: Issuer) -> None:
    assert issuer
    iam = cloud.client("iam", ACCOUNT)
    arn = iam.create_open_id_connect_provider(Url="https://unknown.example.com", ClientIDList=["sts.amazonaws.com"])[
        "OpenIDConnectProviderArn"
    ]
    try:
        with pytest.raises(ClientError, match="Couldn't retrieve verification key from your identity provider"):
            _take(cloud, Issuer("https://unknown.example.com").token(sub="repo:a/b"))
    finally:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_the_audiences_of_a_provider_change_with_its_stack(cloud: RunningCloud, issuer: Issuer) -> None:
    assert issuer
    iam, arn = cloud.client("iam", ACCOUNT), f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example.com"
    changed = json.loads(json.dumps(_RESOURCES).replace('["sts.amazonaws.com"]', '["sts.amazonaws.com", "others"]'))

    deploy(cloud, "identity", changed, create=False)
    assert set(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]) == {
        "sts.amazonaws.com",
        "others",
    }
    deploy(cloud, "identity", _RESOURCES, create=False)
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["sts.amazonaws.com"]
