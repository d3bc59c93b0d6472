"""Which deployments are kept to go back to."""

import pytest

from contract.calls.record_deployment import Removed
from contract.retained import Retained
from deployment.logic.retention import after, keep, state, unused


def _item(deployment_id: str) -> Retained:
    return Retained(
        deployment_id=deployment_id,
        endpoint_config=f"e-{deployment_id}",
        serving_model=f"m-{deployment_id}",
        versions={"a": deployment_id},
        model_data_prefix=f"s3://b/deployments/{deployment_id}/",
        shape="ml.m5.large x 1",
    )


def _keep(*retained: str, serving: str, count: int) -> list[str]:
    kept = keep([_item(name) for name in retained], serving=_item(serving), keep_deployments=count)
    return [item.deployment_id for item in kept]


@pytest.mark.parametrize(
    ("retained", "serving", "count", "kept"),
    [
        ([], "1", 3, ["1"]),
        (["1"], "2", 3, ["2", "1"]),
        (["3", "2", "1"], "4", 3, ["4", "3", "2"]),
        # The limit was lowered.
        (["3", "2", "1"], "4", 1, ["4"]),
        # A roll-back: the restored one is the first, and what was rolled back is kept too.
        (["3", "2", "1"], "1", 3, ["1", "3", "2"]),
        (["3", "2", "1"], "2", 1, ["2"]),
        # The same deployment is recorded again.
        (["2", "1"], "2", 3, ["2", "1"]),
    ],
)
def test_the_newest_are_kept_and_the_serving_one_first(
    retained: list[str], serving: str, count: int, kept: list[str]
) -> None:
    assert _keep(*retained, serving=serving, count=count) == kept


def test_what_serves_is_always_kept() -> None:
    for count in (1, 2, 3):
        for serving in ("1", "2", "3", "4"):
            assert serving in _keep("3", "2", "1", serving=serving, count=count)


@pytest.mark.parametrize(
    ("name", "is_unused"),
    [
        ("perennial-qa-20260301123456-0fe4e5-0", True),
        ("perennial-qa-20260301123456-0fe4e5-12-2s", True),
        # A configuration, whose name does not tell the try.
        ("perennial-qa-20260301123456-0fe4e5", True),
        ("perennial-qa-20260301123456-0fe4e5-12", True),
        ("perennial-qa-20260301123457-0fe4e5-0", False),
        # Of another endpoint, and made by hand.
        ("perennial-qa-two-20260301123456-0fe4e5-0", False),
        ("perennial-qa-experiment", False),
        ("other-20260301123456-0fe4e5-0", False),
    ],
)
def test_only_what_a_deployment_made_and_nothing_uses_is_removed(name: str, is_unused: bool) -> None:
    used = ["perennial-qa-20260301123457-0fe4e5-0"]
    assert unused([name], endpoint_name="perennial-qa", used=used) == ([name] if is_unused else [])


def test_a_deployment_that_removed_the_endpoint_keeps_what_served() -> None:
    before = [_item("2"), _item("1")]
    assert after(before, Removed(), keep_deployments=1) == before
    assert state(before, Removed()) == {"retained": [item.to_json() for item in before], "removed": True}


def test_a_deployment_that_serves_is_the_first_and_nothing_is_removed() -> None:
    kept = after([_item("1")], _item("2"), keep_deployments=3)
    assert [item.deployment_id for item in kept] == ["2", "1"]
    assert "removed" not in state(kept, _item("2"))
