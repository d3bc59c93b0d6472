"""What an endpoint is to serve next, for every situation that it can be found in."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contract import shape
from contract.calls.plan_deployment import Plan
from contract.container import Container
from contract.retained import Retained
from deployment.errors import RegistryNotReadableError
from deployment.logic import plan
from deployment.logic.plan import Current, Registered
from shared.versions import Version

SHAPE = "ml.m5.large x 1"
CONTAINER = Container(image="xgboost:3.0-5", multi_model=True)
_PREFIX = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-"


def _arn(name: str, number: int) -> str:
    return f"{_PREFIX}{name}/{number}"


def _arns(**numbers: int) -> dict[str, str]:
    return {name: _arn(name, number) for name, number in numbers.items()}


def _registered(
    name: str, number: int | None, *, when_unapproved: str = "keep", denied: str = "", leaves: bool = False
) -> Registered:
    version = None
    if number is not None:
        version = Version(
            arn=_arn(name, number),
            number=number,
            status="Approved",
            since=datetime(2026, 1, 1, tzinfo=UTC),
            model_data_url="s3://b/k",
        )
    return Registered(name=name, version=version, when_unapproved=when_unapproved, denied=denied, stays_as_it_is=leaves)


def _retained(
    deployment_id: str, *, shape: str = SHAPE, container: Container | None = CONTAINER, **numbers: int
) -> Retained:
    return Retained(
        deployment_id=deployment_id,
        endpoint_config=f"e-{deployment_id}",
        serving_model=f"m-{deployment_id}",
        versions=_arns(**numbers),
        model_data_prefix=f"s3://b/deployments/{deployment_id}/",
        shape=shape,
        container=container,
    )


def _make(
    *models: Registered,
    serving: Mapping[str, int] | None = None,
    shape: str = SHAPE,
    retained: tuple[Retained, ...] = (),
    failed: Mapping[str, int] | None = None,
    serves: Container = CONTAINER,
    container: Container | None = CONTAINER,
    retired: bool = False,
) -> Plan:
    return plan.make(
        models,
        current=None if serving is None else Current(versions=_arns(**serving), shape=shape, container=serves),
        retained=retained,
        shape=SHAPE,
        container=container,
        failed=None if failed is None else _arns(**failed),
        retired=retired,
    )


def test_without_endpoint_and_versions_there_is_nothing_to_serve() -> None:
    made = _make(_registered("a", None), _registered("b", None))
    assert (made.action, made.versions, made.unapproved) == ("nothing to serve", {}, ())


def test_a_plan_says_what_serves_its_versions() -> None:
    assert _make(_registered("a", 1)).container == CONTAINER
    assert _make(_registered("a", 1), serving={"a": 1}).container == CONTAINER
    assert _make(_registered("a", None)).container is None


@pytest.mark.parametrize(
    "changed",
    [
        replace(CONTAINER, image="xgboost:3.2-0"),
        replace(CONTAINER, multi_model=False),
        replace(CONTAINER, environment={"WORKERS": "2"}),
    ],
)
def test_another_container_is_a_deployment_of_the_same_versions(changed: Container) -> None:
    made = _make(_registered("a", 1), serving={"a": 1}, serves=changed)
    assert (made.action, made.versions, made.changes, made.container) == ("deployed", _arns(a=1), {}, CONTAINER)


def test_a_model_that_leaves_goes_on_as_it_is_until_its_own_endpoint_serves_it() -> None:
    made = _make(_registered("a", 1), _registered("b", 3, leaves=True), serving={"a": 1, "b": 2})
    assert (made.action, made.versions) == ("up to date", _arns(a=1, b=2))
    # The plan is not told of it any more.
    made = _make(_registered("a", 1), serving={"a": 1, "b": 2})
    assert (made.action, made.changes) == ("deployed", {"b": "2 -> none"})


def test_a_model_that_leaves_is_not_kept_against_its_owners_word() -> None:
    unapproved = _registered("b", None, when_unapproved="remove", leaves=True)
    assert _make(_registered("a", 1), unapproved, serving={"a": 1, "b": 2}).versions == _arns(a=1)


def test_what_only_leaves_is_served_by_what_served_it() -> None:
    other = Container(image="old", multi_model=True)
    made = _make(_registered("b", 3, leaves=True), serving={"b": 2}, serves=other, container=None)
    assert (made.action, made.container) == ("up to date", other)


@pytest.mark.parametrize(("retired", "action"), [(False, "nothing to serve"), (True, "removed")])
def test_an_endpoint_that_nobody_needs_is_tidied_up_even_if_it_is_not_there(retired: bool, action: str) -> None:
    assert _make(retired=retired).action == action


def test_the_first_approved_version_is_deployed() -> None:
    made = _make(_registered("a", None), _registered("b", 3))
    assert (made.action, made.versions, made.changes) == ("deployed", _arns(b=3), {"b": "none -> 3"})
    # What never served is not missed.
    assert made.unapproved == ()


def test_what_serves_already_is_up_to_date() -> None:
    made = _make(_registered("a", 1), _registered("b", 2), serving={"a": 1, "b": 2})
    assert (made.action, made.changes) == ("up to date", {})


@pytest.mark.parametrize(("failed", "action"), [(None, "deployed"), ({"a": 2}, "known to fail")])
def test_what_serves_without_ever_having_been_proven_is_not_up_to_date(
    failed: dict[str, int] | None, action: str
) -> None:
    made = plan.make(
        [_registered("a", 2)],
        current=Current(versions=_arns(a=2), shape=SHAPE, container=CONTAINER, proven=False),
        retained=[_retained("before", a=1)],
        shape=SHAPE,
        container=CONTAINER,
        failed=None if failed is None else _arns(**failed),
    )
    assert (made.action, made.versions) == (action, _arns(a=2))


def test_several_changes_are_one_deployment() -> None:
    made = _make(_registered("a", 2), _registered("b", 5), _registered("c", 1), serving={"a": 1, "b": 4})
    assert made.action == "deployed"
    assert made.changes == {"a": "1 -> 2", "b": "4 -> 5", "c": "none -> 1"}


def test_another_instance_type_is_a_deployment_of_the_same_versions() -> None:
    made = _make(_registered("a", 1), serving={"a": 1}, shape="ml.c5.large x 4")
    assert (made.action, made.versions, made.changes) == ("deployed", _arns(a=1), {})


# What was retained while there was one container does not say which.
@pytest.mark.parametrize("container", [CONTAINER, None])
def test_an_earlier_deployment_of_exactly_these_versions_is_restored(container: Container | None) -> None:
    before = _retained("d1", container=container, a=1, b=2)
    made = _make(
        _registered("a", 1),
        _registered("b", 2),
        serving={"a": 2, "b": 2},
        retained=(_retained("d2", a=2, b=2), before),
    )
    assert (made.action, made.restore, made.changes) == ("restored", before, {"a": "2 -> 1"})


@pytest.mark.parametrize(
    "other",
    [
        _retained("d1", a=1),
        _retained("d1", a=1, b=1),
        _retained("d1", a=1, b=2, c=1),
        _retained("d1", shape="ml.c5.large x 1", a=1, b=2),
        _retained("d1", container=replace(CONTAINER, image="other"), a=1, b=2),
    ],
)
def test_a_deployment_that_differs_in_anything_is_not_restored(other: Retained) -> None:
    made = _make(_registered("a", 1), _registered("b", 2), serving={"a": 2, "b": 2}, retained=(other,))
    assert (made.action, made.restore) == ("deployed", None)


def test_without_an_endpoint_nothing_is_restored() -> None:
    made = _make(_registered("a", 1), retained=(_retained("d1", a=1),))
    assert (made.action, made.restore) == ("deployed", None)


def test_a_model_without_approved_version_goes_on_serving_and_is_named() -> None:
    made = _make(_registered("a", None), _registered("b", 2), serving={"a": 1, "b": 2})
    assert (made.action, made.versions, made.unapproved) == ("up to date", _arns(a=1, b=2), ("a",))


def test_a_model_without_approved_version_is_removed_if_configured() -> None:
    made = _make(_registered("a", None, when_unapproved="remove"), _registered("b", 2), serving={"a": 1, "b": 2})
    assert (made.action, made.versions, made.unapproved) == ("deployed", _arns(b=2), ("a",))
    assert made.changes == {"a": "1 -> none"}


def test_an_unapproved_model_keeps_its_version_when_another_one_changes() -> None:
    made = _make(_registered("a", None), _registered("b", 3), serving={"a": 1, "b": 2})
    assert (made.action, made.versions, made.unapproved) == ("deployed", _arns(a=1, b=3), ("a",))


def test_the_last_model_that_is_removed_takes_the_endpoint_along() -> None:
    made = _make(_registered("a", None, when_unapproved="remove"), serving={"a": 1})
    assert (made.action, made.versions, made.unapproved) == ("removed", {}, ("a",))


def test_a_model_that_left_the_configuration_leaves_the_endpoint() -> None:
    made = _make(_registered("b", 2), serving={"a": 1, "b": 2})
    assert (made.action, made.versions, made.unapproved) == ("deployed", _arns(b=2), ())


def test_versions_that_failed_together_are_not_tried_again() -> None:
    made = _make(_registered("a", 2), serving={"a": 1}, failed={"a": 2})
    assert (made.action, made.restore) == ("known to fail", None)


@pytest.mark.parametrize("failed", [None, {}, {"a": 3}, {"a": 2, "b": 1}])
def test_other_versions_are_tried(failed: dict[str, int] | None) -> None:
    assert _make(_registered("a", 2), serving={"a": 1}, failed=failed).action == "deployed"


def test_after_a_failure_what_served_before_is_up_to_date() -> None:
    assert _make(_registered("a", 1), serving={"a": 1}, failed={"a": 2}).action == "up to date"


def test_a_registry_that_denies_a_served_model_stops_the_deployment() -> None:
    with pytest.raises(RegistryNotReadableError, match=r"model a serves here, .* AccessDenied") as raised:
        _make(_registered("a", None, denied="AccessDenied"), _registered("b", 2), serving={"a": 1})
    assert "policy" in str(raised.value)


def test_a_registry_that_denies_a_model_that_never_served_does_not_stop_the_others() -> None:
    # AWS does not tell whether the group exists, and before the first run it does not.
    made = _make(_registered("a", None, denied="AccessDenied"), _registered("b", 2))
    assert (made.action, made.versions) == ("deployed", _arns(b=2))


def test_a_retained_deployment_survives_json() -> None:
    item = _retained("d1", a=1)
    assert Retained.from_json(json.loads(json.dumps(item.to_json()))) == item


def test_another_network_is_another_shape_whatever_the_order_of_its_subnets() -> None:
    outside, inside = shape.of(SHAPE, []), shape.of(SHAPE, ["subnet-b", "subnet-a"])
    assert outside == SHAPE
    assert inside == shape.of(SHAPE, ["subnet-a", "subnet-b"])
    assert _make(_registered("a", 1), serving={"a": 1}, shape=inside).action == "deployed"


@pytest.mark.parametrize(
    ("serves", "retained", "back"),
    [
        ("e-2", ("2", "1"), "e-2"),
        ("e-1", ("2", "1"), "e-1"),
        # What serves died before it was proven.
        ("e-3", ("2", "1"), "e-2"),
        # Nothing was ever proven.
        ("e-1", (), "e-1"),
    ],
)
def test_the_way_back_leads_to_what_was_proven_last(serves: str, retained: tuple[str, ...], back: str) -> None:
    assert plan.way_back(serves, [_retained(name) for name in retained]) == back


def test_what_serves_served_and_was_named_is_looked_at_once() -> None:
    found = plan.known(
        ["a", "b"],
        current=Current(versions=_arns(a=3), shape=SHAPE, container=CONTAINER),
        retained=[_retained("d2", a=3, gone=1), _retained("d1", a=2, b=1)],
        named={"a": [_arn("a", 2), _arn("a", 1)]},
    )
    assert found == {"a": [_arn("a", 3), _arn("a", 2), _arn("a", 1)], "b": [_arn("b", 1)]}
