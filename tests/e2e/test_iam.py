"""What every role did in all of these tests, joined with what the synthesised templates grant it.

It takes the record of the whole suite: a grant that nobody uses is a grant too many, unless
tests/e2e/iam_expectations.py says why it stays.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.cloud import PIPELINE_ACCOUNT, REGION, Fleet, physical_ids
from tests.e2e.iam_expectations import EXPECTED
from tests.e2e.iam_pipeline import MANAGED_POLICIES
from tests.support.iam import calls, page
from tests.support.iam.proof import Proof, prove
from tests.support.iam.roles import Stack

Note = Callable[[str, object], None]
_PIPELINE = "PerennialPipeline"


@pytest.fixture(scope="module")
def proof(request: pytest.FixtureRequest) -> Proof:
    """The record so far, which `make iam-report` shows as a page."""
    scenarios = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    absent = sorted(scenarios - {item.path.name for item in request.session.items})
    if absent:
        pytest.fail(
            f"the record of the whole suite is needed; run pytest tests/e2e, without {', '.join(absent)} it lacks calls"
        )
    # Not before it is known that this is worth it.
    fleet: Fleet = request.getfixturevalue("fleet")
    found = prove(
        [role for stack in _stacks(fleet) for role in stack.roles()],
        calls.read(fleet.sandbox.cloud.settings.state_dir / "calls.jsonl"),
        EXPECTED,
    )
    folder = ROOT / "out"
    folder.mkdir(exist_ok=True)
    (folder / "iam-report.html").write_text(page.render(found), encoding="utf-8")
    return found


def test_every_call_is_allowed_by_the_roles_own_policy(proof: Proof, record_property: Note) -> None:
    kinds = sum(entry.calls for entry in proof.roles)
    record_property("figure", f"unmatched calls: {proof.unmatched} of {kinds}")

    assert kinds > 1000, "the record has hardly a call in it"
    assert [text for text in proof.problems() if "its policies do not allow" in text] == []


def test_every_grant_is_used_or_has_a_reason(proof: Proof, record_property: Note) -> None:
    record_property(
        "figure",
        f"unexplained grants: {proof.unexplained}, used: {proof.used}, with a reason: {proof.explained}",
    )

    assert [text for text in proof.problems() if "no scenario uses" in text] == []


def test_nothing_reaches_another_account_but_what_is_agreed(proof: Proof, record_property: Note) -> None:
    record_property(
        "figure",
        f"calls into another account: {sum(count for _, count, _ in proof.crossings)} as agreed, "
        f"{len(proof.leaks)} others, {sum(count for _, count in proof.refused)} refused",
    )

    assert proof.leaks == ()
    assert proof.crossings
    # The isolation tests tried.
    assert proof.refused


def test_no_role_is_denied_anything_it_was_meant_to_do(proof: Proof, record_property: Note) -> None:
    record_property("figure", f"unexpected denials: {proof.unexpected_denials}")

    assert [text for text in proof.problems() if "was denied" in text] == []


def test_everybody_who_called_is_known(proof: Proof) -> None:
    assert proof.strays == ()


def test_what_was_agreed_still_happens(proof: Proof) -> None:
    assert proof.stale == ()


def _stacks(fleet: Fleet) -> Iterator[Stack]:
    """All of the app's stacks; the pipeline's is deployed by its own scenarios."""
    cloud, assembly = fleet.sandbox.cloud, fleet.sandbox.assembly
    found = {account.stack: (account.account_id, account.physical_ids) for account in fleet.all}
    found[_PIPELINE] = (PIPELINE_ACCOUNT, physical_ids(cloud, PIPELINE_ACCOUNT, _PIPELINE))
    for name, (account_id, ids) in found.items():
        yield Stack(
            name=name,
            account_id=account_id,
            region=REGION,
            template=json.loads((assembly / f"{name}.template.json").read_text(encoding="utf-8")),
            physical_ids=ids,
            managed_policies=MANAGED_POLICIES,
        )
