"""An execution that is followed is asked for its newest event; all of them are fetched when there is a new one."""

from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest

from perennial.account.aws import Aws
from tests.unit.perennial.events import Events

ARN = "arn:aws:states:eu-west-1:222222222222:execution:retraining:one"


class _StepFunctions:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.fetched = 0

    def get_execution_history(self, *, maxResults: int, reverseOrder: bool, **_: Any) -> dict[str, Any]:  # noqa: N803  # boto3's names
        assert reverseOrder
        return {"events": self.events[::-1][:maxResults]}

    def get_paginator(self, _name: str) -> Any:
        def paginate(**_: Any) -> list[dict[str, Any]]:
            self.fetched += 1
            return [{"events": list(self.events)}]

        return SimpleNamespace(paginate=paginate)


@pytest.fixture
def service() -> _StepFunctions:
    return _StepFunctions()


def test_all_events_are_fetched_when_there_is_a_new_one(service: _StepFunctions) -> None:
    session = SimpleNamespace(client=lambda *_, **__: service)
    look = Aws(cast("boto3.Session", session)).followed(ARN)
    told = Events()

    assert look().visits == ()
    assert service.fetched == 0

    told.enter("Train")
    service.events = list(told.events)
    seen = look()
    assert [visit.state for visit in seen.visits] == ["Train"]
    assert look() is seen
    assert service.fetched == 1

    told.exit("Train")
    told.add("ExecutionSucceeded")
    service.events = list(told.events)
    assert look().status == "SUCCEEDED"
    assert service.fetched == 2
