"""Who GitHub lets in: one repository, one environment a role, and from there to that environment's account only."""

import re
from typing import Any

import pytest

from local_cloud.testing import policies, templates
from tests.conftest import ROOT
from tests.infrastructure.github_roles import PROVIDER, resources, role_policy

_ISSUER = "token.actions.githubusercontent.com"
_ACCOUNTS = {"sandbox": "111111111111", "qa": "222222222222", "prod": "333333333333"}
_ROLES = sorted(name for name in resources() if name != "Provider")
_BOOTSTRAP = ("deploy", "file-publishing", "lookup")


def test_the_provider_is_githubs() -> None:
    # https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    assert resources()["Provider"] == {"Url": f"https://{_ISSUER}", "ClientIdList": ["sts.amazonaws.com"]}


# Both forms of a subject: https://docs.github.com/en/actions/reference/security/oidc
_PLAIN, _WITH_IDS = "acme/models", "acme@123456/models@456789"


@pytest.mark.parametrize(
    ("repository", "allowed"),
    [
        (_PLAIN, True),
        (_WITH_IDS, True),
        ("Acme-1/my.models_2", True),
        # One id alone is the subject of no repository.
        ("acme@123456/models", False),
        ("acme/models@456789", False),
        ("acme@/models@", False),
        ("acme@12x/models@456789", False),
        ("acme", False),
        ("acme/*", False),
        ("*@123456/models@456789", False),
        ("acme/models:environment:prod", False),
    ],
)
def test_a_repository_has_both_ids_or_none(repository: str, *, allowed: bool) -> None:
    declared = templates.parse((ROOT / "bootstrap" / "github-oidc.yaml").read_text(encoding="utf-8"))["Parameters"]
    assert bool(re.fullmatch(declared["Repository"]["AllowedPattern"], repository)) is allowed


@pytest.mark.parametrize(("given", "other"), [(_PLAIN, _WITH_IDS), (_WITH_IDS, _PLAIN)])
def test_a_role_is_taken_by_the_subject_that_github_signs_for_the_repository(given: str, other: str) -> None:
    roles = resources(Repository=given)
    for name in _ROLES:
        document = roles[name]["AssumeRolePolicyDocument"]
        environment = _environment_of(name)
        assert _may_enter(document, f"repo:{given}:environment:{environment}")
        assert not _may_enter(document, f"repo:{other}:environment:{environment}")
        assert not _may_enter(document, f"repo:{given}:ref:refs/heads/main")
        assert not _may_enter(document, f"repo:{given}:environment:other")


@pytest.mark.parametrize("name", _ROLES)
def test_trust_is_exact(name: str) -> None:
    (statement,) = resources()[name]["AssumeRolePolicyDocument"]["Statement"]
    environment = _environment_of(name)
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": PROVIDER},
        "Condition": {
            "StringEquals": {
                f"{_ISSUER}:aud": "sts.amazonaws.com",
                f"{_ISSUER}:sub": f"repo:acme/models:environment:{environment}",
            }
        },
    }
    assert not {"*", "?"} & set(str(statement))


@pytest.mark.parametrize("environment", sorted(_ACCOUNTS))
def test_a_deployer_reaches_its_own_account_only(environment: str) -> None:
    document = role_policy(f"Deploy{environment.title()}")
    for name, account in _ACCOUNTS.items():
        for kind in (*_BOOTSTRAP, "cfn-exec", "image-publishing"):
            allowed = name == environment and kind in _BOOTSTRAP
            assert _may_assume(document, account, f"cdk-hnb659fds-{kind}-role-{account}-us-east-1") is allowed
        assert not _may_assume(document, account, "perennial-smoke")
        assert not _may_assume(document, account, "OrganizationAccountAccessRole")


@pytest.mark.parametrize("environment", sorted(_ACCOUNTS))
def test_a_smoke_tester_reaches_the_smoke_role_only(environment: str) -> None:
    document = role_policy(f"Smoke{environment.title()}")
    for name, account in _ACCOUNTS.items():
        assert _may_assume(document, account, "perennial-smoke") is (name == environment)
        assert not _may_assume(document, account, f"cdk-hnb659fds-deploy-role-{account}-us-east-1")


def test_the_reviewer_only_looks_things_up_in_prod() -> None:
    document = role_policy("ReviewProd")
    for name, account in _ACCOUNTS.items():
        for kind in (*_BOOTSTRAP, "cfn-exec"):
            role = f"cdk-hnb659fds-{kind}-role-{account}-us-east-1"
            assert _may_assume(document, account, role) is (name == "prod" and kind == "lookup")


def test_no_role_may_do_anything_else() -> None:
    for name in _ROLES:
        (statement,) = role_policy(name)["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        assert not {"*", "?"} & set("".join(statement["Resource"]))
        assert "ManagedPolicyArns" not in resources()[name]


def _environment_of(role: str) -> str:
    return "prod-review" if role == "ReviewProd" else role.removeprefix("Deploy").removeprefix("Smoke").lower()


def _may_enter(document: dict[str, Any], subject: str) -> bool:
    """Whether a token of GitHub's with a subject takes the role that has the trust policy."""
    # A trust policy names no resource: it is the role's own.
    statements = [{**statement, "Resource": "*"} for statement in document["Statement"]]
    context = {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": subject}
    return policies.allows({"Statement": statements}, "sts:AssumeRoleWithWebIdentity", "*", context)


def _may_assume(document: dict[str, Any], account: str, role: str) -> bool:
    arn = f"arn:aws:iam::{account}:role/{role}"
    return policies.allows(document, "sts:AssumeRole", arn)
