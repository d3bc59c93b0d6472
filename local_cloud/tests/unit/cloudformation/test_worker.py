"""Work on one resource: whatever its handler does, the stack learns that it failed and goes on with the others."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.cloudformation import engine, names, registry
from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.model import ChangeSet, Stack
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType
from local_cloud.cloudformation.worker import Worker

KIND = "AWS::Test::Thing"


def _stack(**more: Any) -> Stack:
    return Stack(
        name="s",
        id="arn:aws:cloudformation:us-east-1:111111111111:stack/s/1",
        account_id="111111111111",
        region="us-east-1",
        status="CREATE_IN_PROGRESS",
        created_at=datetime.now(UTC),
        **more,
    )


def _create(_context: Context, properties: Properties) -> Made:
    if "Fails" in properties:
        raise ZeroDivisionError("nobody foresaw this")
    return Made(physical_id="thing")


def _update(_context: Context, _physical_id: str, _old: Properties, _new: Properties) -> dict[str, Any]:
    return {}


def _delete(_context: Context, _physical_id: str, properties: Properties) -> None:
    if "Stays" in properties:
        raise ZeroDivisionError("nobody foresaw this")


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    registry.register(
        ResourceType(
            name=KIND,
            properties=frozenset({"Name", "Fails", "Stays", "Tags"}),
            named="Name",
            create=_create,
            update=_update,
            delete=_delete,
        )
    )
    yield
    del registry.TYPES[KIND]


def _bring(worker: Worker, stack: Stack, properties: dict[str, Any]) -> None:
    wanted = {"Type": KIND, "Properties": properties}
    template = {"Resources": {"Thing": wanted}}
    worker.bring("Thing", wanted, engine.scope_of(stack, template, {}, {}), frozenset())


def _worker(stack: Stack) -> Worker:
    return Worker(stack, client=lambda service: pytest.fail(f"nobody needs {service}"))


def test_an_unforeseen_error_is_a_failed_resource(caplog: pytest.LogCaptureFixture) -> None:
    stack = _stack()
    with caplog.at_level(logging.ERROR, "local_cloud.unforeseen"), pytest.raises(ResourceFailure, match=r"\[Thing\]"):
        _bring(_worker(stack), stack, {"Fails": "yes"})

    event = stack.events[-1]
    assert (event.status, event.reason) == ("CREATE_FAILED", "ZeroDivisionError: nobody foresaw this")
    (record,) = caplog.records
    assert record.exc_info
    assert stack.id in record.getMessage()


def test_an_unforeseen_error_while_one_is_removed_leaves_it(caplog: pytest.LogCaptureFixture) -> None:
    stack = _stack()
    worker = _worker(stack)
    _bring(worker, stack, {"Stays": "yes"})

    assert worker.delete(stack.resources["Thing"]) is False

    assert stack.events[-1].status == "DELETE_FAILED"
    assert caplog.records


def test_a_property_that_is_missing_is_no_surprise(caplog: pytest.LogCaptureFixture) -> None:
    def needs(_context: Context, properties: Properties) -> Made:
        return Made(physical_id=properties["Name"])

    registry.register(
        ResourceType(name=KIND, properties=frozenset({"Name"}), named="Name", create=needs, delete=_delete)
    )
    stack = _stack()
    with pytest.raises(ResourceFailure):
        _bring(_worker(stack), stack, {})

    assert stack.events[-1].reason == "KeyError: 'Name'"
    assert not caplog.records


def _refused(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "Duplicate", "Message": "the rule already exists"}}, operation)


@pytest.mark.parametrize(
    ("operation", "is_the_name"),
    [
        ("CreateSecurityGroup", True),
        ("PutParameter", True),
        ("AuthorizeSecurityGroupIngress", False),
        ("PutRolePolicy", False),
    ],
)
def test_only_the_call_that_makes_a_resource_tells_that_its_name_is_taken(operation: str, is_the_name: bool) -> None:
    stack = _stack()
    context = _worker(stack)._context  # the fields of a context are the worker's
    aim = {"Name": "n"}
    kind = registry.find(KIND)
    with pytest.raises((ResourceFailure, ClientError)) as failed, names.only_new(kind, context(_resource()), aim):
        raise _refused(operation)

    assert (failed.type is ResourceFailure) is is_the_name


def _resource() -> Any:
    from local_cloud.cloudformation.model import StackResource

    return StackResource(
        logical_id="Thing",
        type=KIND,
        physical_id="",
        properties={},
        attributes={},
        deletion_policy="Delete",
        status="CREATE_COMPLETE",
        updated_at=datetime.now(UTC),
    )


def _change_set(stack: Stack, resources: dict[str, Any], **tags: str) -> ChangeSet:
    return ChangeSet(
        id="c",
        name="c",
        stack_id=stack.id,
        stack_name=stack.name,
        type="UPDATE",
        template={"Resources": resources},
        template_body="{}",
        parameters={},
        resolved_parameters={},
        tags=tags,
        capabilities=[],
        role_arn=None,
        description=None,
        changes=[],
        status="CREATE_COMPLETE",
        status_reason=None,
        execution_status="AVAILABLE",
        created_at=datetime.now(UTC),
    )


def test_a_resource_has_the_tags_of_its_stack_until_they_are_rolled_back() -> None:
    stack = _stack()
    operation = engine.Operation(stack, client=pytest.fail, exports={})
    thing = {"Type": KIND, "Properties": {"Tags": [{"Key": "own", "Value": "1"}]}}
    bad = {"Type": KIND, "Properties": {"Nonsense": 1}, "DependsOn": "Thing"}
    operation.deploy(_change_set(stack, {"Thing": thing}, own="stack", team="a"), rollback=True)
    before = {"Tags": [{"Key": "own", "Value": "1"}, {"Key": "team", "Value": "a"}]}
    assert stack.resources["Thing"].properties == before

    operation.deploy(_change_set(stack, {"Thing": thing, "Bad": bad}, team="b"), rollback=True)

    assert (stack.status, stack.tags) == ("UPDATE_ROLLBACK_COMPLETE", {"own": "stack", "team": "a"})
    assert stack.resources["Thing"].properties == before


@pytest.mark.parametrize(
    ("kind", "own", "tags"),
    [
        (KIND, {}, {"Tags": [{"Key": "a", "Value": "1"}]}),
        (KIND, {"Tags": {"own": "2"}}, {"Tags": {"own": "2", "a": "1"}}),
        (KIND, {"Tags": {"a": "2"}}, {"Tags": {"a": "2"}}),
        ("Custom::Thing", {}, {}),
        ("AWS::SNS::Subscription", {"Protocol": "sqs"}, {"Protocol": "sqs"}),
    ],
)
def test_tags_take_the_form_that_a_type_has(kind: str, own: dict[str, Any], tags: dict[str, Any]) -> None:
    assert registry.with_stack_tags(kind, own, {"a": "1"}) == tags
