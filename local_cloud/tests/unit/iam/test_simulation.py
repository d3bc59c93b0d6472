"""Policies that are simulated: decisions of AWS's evaluation logic, and the statements that made them."""

from typing import Any

import pytest

from local_cloud.services.iam import simulation
from local_cloud.services.iam.policy import Principal
from local_cloud.services.iam.simulation import Simulation, Source

ACCOUNT, OTHER = "111111111111", "222222222222"
ROLE = Principal(arn=f"arn:aws:iam::{ACCOUNT}:role/r", account_id=ACCOUNT)
GET, OBJECT = "s3:GetObject", "arn:aws:s3:::bucket/key"


def _source(name: str, *statements: dict[str, Any], kind: str = "IAM Policy") -> Source:
    return Source(name=name, kind=kind, document={"Statement": list(statements)})


def _allow(resource: str = "*", *, action: str = "s3:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _deny(resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "s3:*", "Resource": resource}


def _evaluate(
    *identity: Source,
    resources: tuple[str, ...] = (),
    boundary: Source | None = None,
    resource_policy: Source | None = None,
    owner: str = ACCOUNT,
    **context: str,
) -> dict[str, Any]:
    settings = Simulation(
        principal=ROLE,
        identity=identity,
        boundary=boundary,
        resource_policy=resource_policy,
        owner=owner,
        context={name.replace("_", ":", 1): value for name, value in context.items()},
    )
    return simulation.evaluate(settings, GET, resources)


def _names(result: dict[str, Any]) -> list[str]:
    return [item["SourcePolicyId"] for item in result["MatchedStatements"]]


@pytest.mark.parametrize(
    ("sources", "decision", "matched"),
    [
        ((), "implicitDeny", []),
        ((_source("a", _allow()),), "allowed", ["a"]),
        ((_source("a", _allow()), _source("b", _allow(), _allow("arn:*"))), "allowed", ["a", "b"]),
        ((_source("a", _allow(action="s3:Put*")),), "implicitDeny", []),
        # "the deny statement is the only entry included in the result"
        ((_source("a", _allow()), _source("b", _deny())), "explicitDeny", ["b"]),
        # A policy of one resource does not allow all of them.
        ((_source("a", _allow(OBJECT)),), "implicitDeny", []),
    ],
)
def test_all_resources(sources: tuple[Source, ...], decision: str, matched: list[str]) -> None:
    found = _evaluate(*sources)
    assert (found["EvalDecision"], _names(found)) == (decision, matched)
    assert (found["EvalActionName"], found["EvalResourceName"], "ResourceSpecificResults" in found) == (GET, "*", False)


def test_of_several_resources_the_most_restrictive_decision_counts() -> None:
    other, third = "arn:aws:s3:::bucket/other", "arn:aws:s3:::bucket/third"
    role = _source("role", _allow(OBJECT), _allow(third), _deny(third))

    found = _evaluate(role, resources=(OBJECT, other))
    assert (found["EvalDecision"], _names(found), "EvalResourceName" in found) == ("implicitDeny", [], False)
    decisions = {item["EvalResourceName"]: item["EvalResourceDecision"] for item in found["ResourceSpecificResults"]}
    assert decisions == {OBJECT: "allowed", other: "implicitDeny"}

    found = _evaluate(role, resources=(OBJECT, other, third))
    assert (found["EvalDecision"], _names(found)) == ("explicitDeny", ["role"])


@pytest.mark.parametrize(
    ("statements", "decision", "within", "matched"),
    [
        ([_allow()], "allowed", True, ["role"]),
        ([_allow(action="iam:*")], "implicitDeny", False, []),
        ([_deny()], "explicitDeny", False, ["limit"]),
    ],
)
def test_a_boundary_bounds(statements: list[Any], decision: str, within: bool, matched: list[str]) -> None:
    limit = _source("limit", *statements, kind="Permissions Boundary Policy")
    found = _evaluate(_source("role", _allow()), boundary=limit, resources=(OBJECT,))
    for result, told in ((found, found["EvalDecision"]), *_of_resources(found)):
        assert told == decision
        assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": within}
        assert _names(result) == matched


def _of_resources(found: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    return [(item, item["EvalResourceDecision"]) for item in found["ResourceSpecificResults"]]


def test_a_key_that_nobody_gave_is_told_and_its_condition_is_not_met() -> None:
    where = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    role = _source("role", _allow(Condition=where), _allow("arn:aws:s3:::${aws:PrincipalAccount}/*"))

    found = _evaluate(role)
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", ["aws:RequestedRegion"])
    found = _evaluate(role, aws_requestedregion="us-east-1")
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])


@pytest.mark.parametrize(
    ("owner", "identity", "principal", "decision", "matched"),
    [
        (ACCOUNT, [], ROLE.arn, "allowed", ["bucket"]),
        (ACCOUNT, [], f"arn:aws:iam::{OTHER}:root", "implicitDeny", []),
        (ACCOUNT, [_allow()], f"arn:aws:iam::{OTHER}:root", "allowed", ["role"]),
        # Across accounts both have to allow it.
        (OTHER, [], ROLE.arn, "implicitDeny", []),
        (OTHER, [_allow()], f"arn:aws:iam::{OTHER}:root", "implicitDeny", []),
        (OTHER, [_allow()], ROLE.arn, "allowed", ["role", "bucket"]),
    ],
)
def test_a_resource_policy_counts(
    owner: str, identity: list[Any], principal: str, decision: str, matched: list[str]
) -> None:
    bucket = _source("bucket", _allow(Principal={"AWS": principal}), kind="Resource Policy")
    found = _evaluate(_source("role", *identity), resource_policy=bucket, owner=owner, resources=(OBJECT,))
    assert (found["EvalDecision"], _names(found)) == (decision, matched)
