"""Events that come twice or in another order."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from integration.events.conftest import Queue, put_rule, send
from integration.faults.conftest import Add, hits
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until

pytestmark = pytest.mark.security("faults")


@pytest.fixture
def queue(cloud: RunningCloud, request: pytest.FixtureRequest) -> Queue:
    """Takes the events whose source is the test's name."""
    name = request.node.name[:60]
    made = Queue(cloud, name)
    put_rule(cloud, name, {"source": [name]}, {"Arn": made.arn})
    return made


def test_an_event_comes_twice(cloud: RunningCloud, queue: Queue, add: Add) -> None:
    source = "test_an_event_comes_twice"
    add("duplicate_event", source=source, match={"number": "2"})

    sent = [send(cloud, source, {"number": number}) for number in (1, 2)]

    arrived = sorted(queue.next()["body"]["id"] for _ in range(3))
    assert arrived == sorted([*sent, sent[1]])
    assert queue.is_empty()


def test_an_event_comes_behind_two_others(cloud: RunningCloud, queue: Queue, add: Add) -> None:
    source = "test_an_event_comes_behind_two_others"
    add("reorder_events", source=source, others=2, times=1)

    held, *others = [send(cloud, source, {"number": number}) for number in (1, 2, 3)]

    arrived = [queue.next()["body"]["id"] for _ in range(3)]
    assert arrived[2] == held
    assert sorted(arrived[:2]) == sorted(others)


def test_an_event_is_held_back_until_its_fault_is_taken_out(cloud: RunningCloud, queue: Queue, add: Add) -> None:
    source = "test_an_event_is_held_back_until_its_fault_is_taken_out"
    fault = add("reorder_events", source=source)
    held = send(cloud, source, {})
    assert hits(cloud, fault) == 1
    assert queue.is_empty()

    cloud.control("faults", {"remove": fault})

    assert queue.next()["body"]["id"] == held


def test_a_schedule_fires_twice(cloud: RunningCloud, add: Add) -> None:
    queue = Queue(cloud, "scheduled")
    allowed = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}]
    role = make_role(cloud, "scheduler-with-faults", allowed, trust={"Service": "scheduler.amazonaws.com"})
    due = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%S")
    cloud.client("scheduler", ACCOUNT).create_schedule(
        Name="once",
        ScheduleExpression=f"at({due})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue.arn, "RoleArn": role, "Input": json.dumps({"number": 1}), "RetryPolicy": {}},
    )
    fault = add("duplicate_event", schedule="once")
    where = {"account_id": ACCOUNT, "region": "us-east-1", "group": "default", "name": "once"}
    cloud.control("clock", {"advance_to_next_firing_of": where})

    assert [queue.next()["body"] for _ in range(2)] == [{"number": 1}] * 2
    until(lambda: queue.is_empty() or None)
    assert hits(cloud, fault) == 1
