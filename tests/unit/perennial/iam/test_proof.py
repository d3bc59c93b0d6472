import pytest

from tests.support.iam.proof import Agreement, Reason
from tests.unit.perennial.iam.cases import ACCOUNT, BUCKET, OTHER, call, grant, proof, role

pytestmark = pytest.mark.security("iam")

READ = grant("s3:GetObject")
WRITE = grant("s3:PutObject")


def _reason(*actions: str, resources: tuple[str, ...] = ("*",), sometimes: bool = False) -> Reason:
    return Reason(roles=("Worker",), actions=actions, resources=resources, why="only AWS", sometimes=sometimes)


def _agreed(principal: str, *actions: str, resource: str = "*", session: str = "*") -> Agreement:
    return Agreement(principal=principal, actions=actions or ("*",), resource=resource, session=session, why="agreed")


def test_a_grant_that_is_used_needs_no_reason() -> None:
    found = proof([role(READ)], call("s3:GetObject"))

    assert found.problems() == []
    assert (found.used, found.unexplained, found.unmatched) == (1, 0, 0)


def test_a_grant_that_nobody_uses_is_a_problem() -> None:
    found = proof([role(READ, WRITE)], call("s3:GetObject"))

    assert found.unexplained == 1
    assert found.problems() == [f"App Worker: no scenario uses s3:PutObject on {BUCKET}/*"]


def test_a_reason_explains_an_unused_grant() -> None:
    found = proof([role(READ, WRITE)], call("s3:GetObject"), unused=[_reason("s3:PutObject")])

    assert (found.explained, found.unexplained, found.problems()) == (1, 0, [])


def test_a_reason_for_what_is_used_is_stale() -> None:
    found = proof([role(READ)], call("s3:GetObject"), unused=[_reason("s3:GetObject")])

    assert found.stale == ("Worker uses s3:GetObject on *, and a reason is given why not (only AWS)",)


def test_a_reason_for_what_may_happen_is_not_stale() -> None:
    expected = [_reason("s3:GetObject", sometimes=True)]

    assert proof([role(READ)], call("s3:GetObject"), unused=expected).problems() == []
    assert proof([role(READ)], unused=expected).problems() == []


@pytest.mark.parametrize("reason", [_reason("s3:DeleteObject"), _reason("s3:GetObject", resources=("*elsewhere*",))])
def test_a_reason_for_what_is_not_granted_is_stale(reason: Reason) -> None:
    (text,) = proof([role(READ)], call("s3:GetObject"), unused=[reason]).stale

    assert "is not granted" in text


def test_a_call_that_no_statement_allows_is_unmatched() -> None:
    found = proof([role(READ)], call("s3:GetObject"), call("s3:PutObject", by="resource"))

    assert found.unmatched == 1
    (text,) = found.problems()
    assert f"its policies do not allow s3:PutObject on {BUCKET}/key" in text


def test_a_call_on_another_resource_is_unmatched() -> None:
    assert proof([role(READ)], call("s3:GetObject"), call("s3:GetObject", "arn:aws:s3:::other/key")).unmatched == 1


def test_a_call_outside_of_the_condition_is_unmatched() -> None:
    listing = grant("s3:ListBucket", BUCKET, condition={"StringLike": {"s3:prefix": ["in/*"]}})
    inside = call("s3:ListBucket", BUCKET, context=(("s3:prefix", "in/a"),))
    outside = call("s3:ListBucket", BUCKET, context=(("s3:prefix", "out/a"),))

    assert proof([role(listing)], inside).problems() == []
    assert proof([role(listing)], inside, outside).unmatched == 1
    assert proof([role(listing)], inside, call("s3:ListBucket", BUCKET)).unmatched == 1


def test_a_call_that_a_statement_denies_is_unmatched() -> None:
    found = proof([role(READ, grant("s3:*", allows=False))], call("s3:GetObject"))

    assert (found.unmatched, found.unexplained) == (1, 0)


def test_a_denial_is_a_problem_unless_it_is_expected() -> None:
    denied = call("s3:PutObject", allowed=False, reason="no identity-based policy allows the s3:PutObject action")

    found = proof([role(READ)], call("s3:GetObject"), denied)
    assert found.unexpected_denials == 1
    assert "was denied s3:PutObject" in found.problems()[0]

    assert (
        proof(
            [role(READ)], call("s3:GetObject"), denied, denied=[_agreed(f"{ACCOUNT}:Worker", "s3:PutObject")]
        ).problems()
        == []
    )


def test_an_expected_denial_that_does_not_happen_is_stale() -> None:
    assert len(proof([role()], denied=[_agreed(f"{ACCOUNT}:Worker", "s3:PutObject")]).stale) == 1


def test_a_call_into_another_account_is_a_leak_unless_it_is_agreed() -> None:
    abroad = call("s3:GetObject", owner=OTHER)

    assert proof([role(READ)], abroad).leaks == ((abroad, 1),)

    found = proof([role(READ)], abroad, crossing=[_agreed(f"{ACCOUNT}:Worker", "s3:GetObject", resource=f"{BUCKET}/*")])
    assert (found.leaks, len(found.crossings), found.problems()) == ((), 1, [])


def test_the_root_of_an_account_is_held_to_it_too() -> None:
    abroad = call("s3:GetObject", principal=f"arn:aws:iam::{ACCOUNT}:root", owner=OTHER)

    assert proof([role()], abroad).leaks == ((abroad, 1),)


def test_a_probe_is_refused_and_its_calls_are_not_the_roles() -> None:
    tried = call(
        "s3:DeleteObject", session="arn:aws:sts::111111111111:assumed-role/Worker-1/test", owner=OTHER, allowed=False
    )

    found = proof([role(READ)], call("s3:GetObject"), tried, probes=[_agreed(f"{ACCOUNT}:Worker", session="test")])

    assert (found.refused, found.problems()) == (((tried, 1),), [])


def test_a_probe_that_gets_through_is_a_leak() -> None:
    tried = call("s3:DeleteObject", session="arn:aws:sts::111111111111:assumed-role/Worker-1/test", owner=OTHER)

    assert proof([role()], tried, probes=[_agreed("*:Worker", session="test")]).leaks == ((tried, 1),)


def test_nobody_calls_who_is_not_known() -> None:
    stranger = call("s3:GetObject", principal=f"arn:aws:iam::{ACCOUNT}:role/stranger")
    tool = call("s3:GetObject", principal=f"arn:aws:iam::{ACCOUNT}:role/deployer")
    service = call("sns:Publish", principal="events.amazonaws.com", session="")

    found = proof([role()], stranger, tool, service, tools=[_agreed("*:deployer")])

    assert (found.strays, found.tools, found.services) == (((stranger, 1),), ((tool, 1),), ((service, 1),))
    assert "a role that nobody knows" in found.problems()[0]
