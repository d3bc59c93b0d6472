"""Stacks that the server left in the middle are brought back to what they were, whatever their last call did."""

import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.cloudformation import clients, engine, interruptions, registry, store
from local_cloud.cloudformation.model import ChangeSet, Region, Stack
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType
from local_cloud.kernel import runtime
from local_cloud.kernel.work import Work

KIND = "AWS::Test::Thing"


class World:
    """What there is: values by physical id; and when the server ends."""

    def __init__(self) -> None:
        self.things: dict[str, str] = {}
        self.snapshot: Callable[[], object] = lambda: None
        self.last_call_takes_effect = True

    def put(self, physical_id: str, value: str) -> None:
        """A call, under way when the snapshot is written that has `last` in hand."""
        if not physical_id.startswith("Last"):
            self.things[physical_id] = value
            return
        if self.last_call_takes_effect:
            self.things[physical_id] = value
        self.snapshot()

    def create(self, context: Context, properties: Properties) -> Made:
        """Make a thing."""
        physical_id = f"{context.logical_id}-{properties.get('Kind', '')}"
        context.initiate(physical_id)
        self.put(physical_id, properties["Value"])
        return Made(physical_id=physical_id)

    def update(self, _context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
        """Change a thing by what is another one, as many handlers do."""
        if old["Value"] != new["Value"]:
            self.put(physical_id, new["Value"])
        return {}

    def delete(self, _context: Context, physical_id: str, _properties: Properties) -> None:
        """Remove a thing."""
        self.things.pop(physical_id, None)


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    registry.register(
        ResourceType(
            name=KIND,
            properties=frozenset({"Value", "Kind"}),
            create_only=frozenset({"Kind"}),
            create=found.create,
            update=found.update,
            delete=found.delete,
        )
    )
    yield found
    del registry.TYPES[KIND]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(name: str, run: Callable[[Work], object], **_: Any) -> Work:
        run(work := Work(name))
        work.end()
        return work

    monkeypatch.setattr(runtime, "current", lambda: SimpleNamespace(background=SimpleNamespace(start=start)))
    monkeypatch.setattr(clients, "factory", lambda *_, **__: pytest.fail)


def _stack(status: str, **more: Any) -> Stack:
    stack_id = "arn:aws:cloudformation:us-east-1:111111111111:stack/s/1"
    return Stack(
        name="s",
        id=stack_id,
        account_id="111111111111",
        region="us-east-1",
        status=status,
        created_at=datetime.now(UTC),
        **more,
    )


def _deploy(stack: Stack, value: str, kind: str = "", *, rollback: bool = True) -> None:
    first = {"Type": KIND, "Properties": {"Value": value, **({"Kind": kind} if kind else {})}}
    last = {"Type": KIND, "Properties": {"Value": value}, "DependsOn": "First"}
    wanted = ChangeSet(
        id="c",
        name="c",
        stack_id=stack.id,
        stack_name=stack.name,
        type="UPDATE",
        template={"Resources": {"First": first, "Last": last}},
        template_body="{}",
        parameters={},
        resolved_parameters={},
        tags={},
        capabilities=[],
        role_arn=None,
        description=None,
        changes=[],
        status="CREATE_COMPLETE",
        status_reason=None,
        execution_status="AVAILABLE",
        created_at=datetime.now(UTC),
    )
    engine.Operation(stack, client=pytest.fail, exports={}).deploy(wanted, rollback=rollback)


def _interrupted(world: World, stack: Stack, deploy: Callable[[], object]) -> Stack:
    """The stack and the world as a server finds them that was killed in the middle of a deployment."""
    kept: list[tuple[bytes, dict[str, str]]] = []
    world.snapshot = lambda: kept.append((pickle.dumps(stack), dict(world.things)))
    deploy()
    world.snapshot = lambda: None
    content, world.things = kept[0]
    return pickle.loads(content)  # type: ignore[no-any-return]  # noqa: S301  # written above


def _start(*stacks: Stack) -> None:
    store.load({("111111111111", "us-east-1"): Region(stacks={stack.id: stack for stack in stacks})})
    interruptions.end_all()
    store.load({})


@pytest.mark.parametrize("takes_effect", [True, False])
@pytest.mark.parametrize("kind", ["", "other"])
def test_a_change_is_rolled_back(world: World, kind: str, *, takes_effect: bool) -> None:
    stack = _stack("CREATE_IN_PROGRESS")
    _deploy(stack, "old")
    before = dict(world.things)
    stack.status, world.last_call_takes_effect = "UPDATE_IN_PROGRESS", takes_effect
    left = _interrupted(world, stack, lambda: _deploy(stack, "new", kind))
    assert world.things != before

    _start(left)

    assert (left.status, world.things) == ("UPDATE_ROLLBACK_COMPLETE", before)
    assert {item.properties["Value"] for item in left.all_resources()} == {"old"}
    world.last_call_takes_effect = True
    _deploy(left, "new", kind)
    assert (left.status, set(world.things.values())) == ("UPDATE_COMPLETE", {"new"})


@pytest.mark.parametrize("takes_effect", [True, False])
def test_a_creation_is_rolled_back(world: World, *, takes_effect: bool) -> None:
    stack = _stack("CREATE_IN_PROGRESS")
    world.last_call_takes_effect = takes_effect
    left = _interrupted(world, stack, lambda: _deploy(stack, "new"))

    _start(left)

    assert (left.status, world.things) == ("ROLLBACK_COMPLETE", {})


def test_who_wants_no_roll_back_gets_none(world: World) -> None:
    stack = _stack("CREATE_IN_PROGRESS")
    left = _interrupted(world, stack, lambda: _deploy(stack, "new", rollback=False))
    made = dict(world.things)

    _start(left)

    assert (left.status, world.things) == ("CREATE_FAILED", made)


@pytest.mark.parametrize(
    ("status", "after"),
    [
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
        ("IMPORT_IN_PROGRESS", "IMPORT_FAILED"),
        ("REVIEW_IN_PROGRESS", "REVIEW_IN_PROGRESS"),
        ("UPDATE_COMPLETE", "UPDATE_COMPLETE"),
        ("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"),
    ],
)
def test_other_operations_have_failed_and_none_is_as_it_was(status: str, after: str) -> None:
    stack = _stack(status)

    _start(stack)

    assert stack.status == after
