"""What holds for any registry, endpoint and past: a plan loses no model, and once carried out there is nothing to do."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.container import Container
from contract.retained import Retained
from deployment.logic import plan, retention
from deployment.logic.plan import Current, Registered
from shared.versions import Version

pytestmark = pytest.mark.security("hostile input")
NAMES = ["a", "b", "c", "d"]
VERSIONS = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), max_size=4).map(
    lambda numbers: {name: f"arn:model-package/{name}/{number}" for name, number in numbers.items()}
)
SHAPES = st.sampled_from(["ml.m5.large x 1", "ml.m5.large x 2"])


def _registered(name: str, number: int | None, when_unapproved: str, leaves: bool) -> Registered:
    version = None
    if number is not None:
        version = Version(
            arn=f"arn:model-package/{name}/{number}",
            number=number,
            status="Approved",
            since=datetime(2026, 1, 1, tzinfo=UTC),
            model_data_url="s3://b/k",
        )
    when = "keep" if when_unapproved == "keep" else "remove"
    return Registered(name=name, version=version, when_unapproved=when, stays_as_it_is=leaves)


MODELS = st.lists(
    st.builds(
        _registered,
        st.sampled_from(NAMES),
        st.none() | st.integers(1, 3),
        st.sampled_from(["keep", "keep", "remove"]),
        st.just(False),
    ),
    unique_by=lambda model: model.name,
    max_size=4,
)
CONTAINERS = st.sampled_from([Container(image=image, multi_model=True) for image in ("one", "other")])
CURRENT = st.none() | st.builds(Current, versions=VERSIONS, shape=SHAPES, container=CONTAINERS, proven=st.booleans())
RETAINED = st.lists(
    st.builds(
        Retained,
        deployment_id=st.integers(0, 99).map(str),
        endpoint_config=st.integers(0, 99).map(str),
        serving_model=st.just("m"),
        versions=VERSIONS,
        model_data_prefix=st.just("s3://b/p/"),
        shape=SHAPES,
        container=st.none() | CONTAINERS,
    ),
    max_size=4,
    unique_by=lambda item: item.endpoint_config,
)
FAILED = st.none() | VERSIONS


@given(MODELS, CURRENT, RETAINED, SHAPES, CONTAINERS, FAILED)
def test_no_model_is_lost_and_none_appears(
    models: list[Registered],
    current: Current | None,
    retained: list[Retained],
    shape: str,
    container: Container,
    failed: dict[str, str] | None,
) -> None:
    made = plan.make(models, current=current, retained=retained, shape=shape, container=container, failed=failed)
    serving = dict(current.versions) if current else {}
    for model in models:
        if model.version is not None:
            assert made.versions[model.name] == model.version.arn
        elif model.name in serving and model.when_unapproved == "keep":
            assert made.versions[model.name] == serving[model.name]
        else:
            assert model.name not in made.versions
    assert set(made.versions) <= {model.name for model in models}
    assert set(made.changes) == {
        name for name in {*serving, *made.versions} if serving.get(name) != made.versions.get(name)
    }
    if made.restore is not None:
        assert (made.restore.versions, made.restore.shape) == (made.versions, shape)
        assert made.restore.container is None or made.restore.container == container


@given(MODELS, CURRENT, RETAINED, SHAPES, CONTAINERS, FAILED)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    models: list[Registered],
    current: Current | None,
    retained: list[Retained],
    shape: str,
    container: Container,
    failed: dict[str, str] | None,
) -> None:
    made = plan.make(models, current=current, retained=retained, shape=shape, container=container, failed=failed)
    if made.action in {"deployed", "restored", "up to date"}:
        after = Current(versions=made.versions, shape=shape, container=container)
        again = plan.make(models, current=after, retained=retained, shape=shape, container=container, failed=failed)
        assert (again.action, again.changes, again.versions) == ("up to date", {}, made.versions)
    elif made.action in {"removed", "nothing to serve"}:
        assert (
            plan.make(models, current=None, retained=retained, shape=shape, container=container, failed=failed).action
            == "nothing to serve"
        )
    else:
        assert made.action == "known to fail"
        assert (
            plan.make(models, current=current, retained=retained, shape=shape, container=container, failed=None).action
            != "known to fail"
        )


@given(RETAINED, st.integers(1, 5), st.integers(0, 99))
def test_what_serves_is_always_kept_and_first(retained: list[Retained], keep: int, number: int) -> None:
    serving = Retained(
        deployment_id="now",
        endpoint_config=str(number),
        serving_model="m",
        versions={},
        model_data_prefix="s3://b/now/",
        shape="ml.m5.large x 1",
    )
    kept = retention.keep(retained, serving=serving, keep_deployments=keep)
    assert kept[0] == serving
    assert len(kept) <= keep
    assert len({item.endpoint_config for item in kept}) == len(kept)
    assert retention.keep(kept, serving=serving, keep_deployments=keep) == kept
