"""A page of an execution's history takes no copy of all of its events."""

import threading
from types import SimpleNamespace
from typing import Any

from local_cloud.moto_patches import step_functions


def test_a_history_is_a_list_of_its_own_with_the_same_events() -> None:
    events: list[dict[str, Any]] = [{"id": 1}, {"id": 2}]
    manager = SimpleNamespace(_mutex=threading.Lock(), _history_event_list=events)

    found = step_functions.events_of(manager)
    events.append({"id": 3})

    assert [event["id"] for event in found] == [1, 2]
    assert found[0] is events[0]
