"""Which deployments are kept to go back to."""

import pytest

from deployment.logic.plan import Retained
from deployment.logic.retention import keep


def _item(deployment_id: str) -> Retained:
    return Retained(
        deployment_id=deployment_id,
        endpoint_config=f"e-{deployment_id}",
        serving_model=f"m-{deployment_id}",
        versions={"a": deployment_id},
        model_data_prefix=f"s3://b/deployments/{deployment_id}/",
        shape="ml.m5.large x 1",
    )


def _keep(*retained: str, serving: str, count: int) -> tuple[list[str], list[str]]:
    kept, dropped = keep([_item(name) for name in retained], serving=_item(serving), keep_deployments=count)
    return [item.deployment_id for item in kept], [item.deployment_id for item in dropped]


@pytest.mark.parametrize(
    ("retained", "serving", "count", "kept", "dropped"),
    [
        ([], "1", 3, ["1"], []),
        (["1"], "2", 3, ["2", "1"], []),
        (["3", "2", "1"], "4", 3, ["4", "3", "2"], ["1"]),
        # The limit was lowered.
        (["3", "2", "1"], "4", 1, ["4"], ["3", "2", "1"]),
        # A roll-back: the restored one is the first, and what was rolled back is kept too.
        (["3", "2", "1"], "1", 3, ["1", "3", "2"], []),
        (["3", "2", "1"], "2", 1, ["2"], ["3", "1"]),
        # The same deployment is recorded again.
        (["2", "1"], "2", 3, ["2", "1"], []),
    ],
)
def test_the_newest_are_kept_and_the_serving_one_first(
    retained: list[str], serving: str, count: int, kept: list[str], dropped: list[str]
) -> None:
    assert _keep(*retained, serving=serving, count=count) == (kept, dropped)


def test_what_serves_is_never_dropped() -> None:
    for count in (1, 2, 3):
        for serving in ("1", "2", "3", "4"):
            assert serving not in _keep("3", "2", "1", serving=serving, count=count)[1]
