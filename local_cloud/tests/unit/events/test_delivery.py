"""How often a delivery is tried, and what ends in the dead-letter queue."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.events import delivery, targets
from local_cloud.services.events.order import Delivery

RULE = "arn:aws:events:us-east-1:111111111111:rule/r"
QUEUE = "arn:aws:sqs:us-east-1:111111111111:dead"


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0

    def timestamp(self) -> float:
        return self.now

    def sleep_until(self, timestamp: float) -> None:
        self.now = timestamp


@dataclass
class World:
    """A target that answers as told, and what it saw."""

    clock: Clock = field(default_factory=Clock)
    answers: list[Exception | None] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    dead: list[dict[str, str]] = field(default_factory=list)

    def call(self, _order: Delivery, **_: Any) -> None:
        self.calls.append(self.clock.now)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer

    def bury(self, _order: Delivery, _queue: str, _body: str, attributes: dict[str, str]) -> None:
        self.dead.append(attributes)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(runtime, "current", lambda: made)
    monkeypatch.setattr(targets, "call", made.call)
    monkeypatch.setattr(targets, "send_to_queue", made.bury)
    return made


def _deliver(order: Delivery) -> None:
    def receive(*_: Any, **__: Any) -> None:
        raise AssertionError("no event goes to another bus here")

    delivery.deliver(order, receive=receive)


def _order(**policy: int) -> Delivery:
    target: dict[str, Any] = {"Id": "1", "Arn": "arn:target", "DeadLetterConfig": {"Arn": QUEUE}}
    if policy:
        target["RetryPolicy"] = policy
    return Delivery(event={"id": "e"}, target=target, rule_arn=RULE, ingested="", forwarded=False)


def _error(status: int, code: str = "Error") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")  # type: ignore[typeddict-item]  # the rest of the metadata does not matter


def test_a_passing_error_is_tried_again_until_it_passes(world: World) -> None:
    world.answers = [_error(503), EndpointConnectionError(endpoint_url="u"), None]

    _deliver(_order())

    assert len(world.calls) == 3
    assert world.dead == []


def test_waits_grow(world: World) -> None:
    world.answers = [_error(500), _error(500), _error(500), None]

    _deliver(_order())

    waits = [later - earlier for earlier, later in zip(world.calls, world.calls[1:], strict=False)]
    assert waits == [1, 2, 4]


def test_retries_are_counted(world: World) -> None:
    world.answers = [_error(400, "ThrottlingException")]

    _deliver(_order(MaximumRetryAttempts=2))

    assert len(world.calls) == 3
    assert world.dead[0]["RETRY_ATTEMPTS"] == "2"
    assert world.dead[0]["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert world.dead[0]["ERROR_CODE"] == "THROTTLING"


def test_an_event_gets_too_old(world: World) -> None:
    world.answers = [_error(500)]

    _deliver(_order(MaximumEventAgeInSeconds=60))

    assert world.calls[-1] <= 60
    assert world.dead[0]["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_a_day_and_185_retries_are_the_default(world: World) -> None:
    world.answers = [_error(500)]

    _deliver(_order())

    assert world.calls[-1] <= 86400
    assert len(world.calls) <= 186


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (_error(400, "AccessDeniedException"), "NO_PERMISSIONS"),
        (_error(400, "StateMachineDoesNotExist"), "NO_RESOURCE"),
        (_error(400, "ValidationException"), "ERROR_FROM_TARGET"),
        (
            AccessDeniedError(principal="p", action="sts:AssumeRole", resource="r", reason="x"),
            "FAILED_TO_ASSUME_ROLE",
        ),
    ],
)
def test_a_final_error_is_not_tried_again(error: Exception, code: str, world: World) -> None:
    world.answers = [error]

    _deliver(_order())

    assert len(world.calls) == 1
    assert (world.dead[0]["ERROR_CODE"], world.dead[0]["RETRY_ATTEMPTS"]) == (code, "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in world.dead[0]
