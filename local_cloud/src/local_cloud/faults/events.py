"""Faults of events: one is delivered twice, or behind those that came after it."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.faults import plan
from local_cloud.faults.kinds import EVENT
from local_cloud.faults.plan import Fault
from local_cloud.kernel import runtime
from local_cloud.kernel.work import Work


@dataclass(kw_only=True)
class _Held:
    fault: Fault
    account_id: str
    left: int | None
    others: list[Work] = field(default_factory=list)
    due: threading.Event = field(default_factory=threading.Event)


class _HeldEvents:
    """Events that wait for others."""

    def __init__(self) -> None:
        self.changing = threading.Lock()
        self.events: list[_Held] = []


def pass_on(event: Mapping[str, Any], *, account_id: str, deliver: Callable[[], list[Work]]) -> None:
    """Give an event to the rules of a bus: once, twice, or later.

    Args:
        event: as its targets see it.
        account_id: owner of the bus.
        deliver: gives it to the rules; returns the deliveries under way.
    """
    fault = plan.strike(EVENT, account_id=account_id, fits=lambda fault: _means(fault, event))
    if fault is not None and fault.kind == "reorder_events":
        _hold(fault, deliver, account_id=account_id)
        return
    deliveries = deliver()
    if fault is not None:
        deliveries += deliver()
    _let_go(event, deliveries, account_id=account_id)


def fires_twice(schedule: str, *, account_id: str) -> bool:
    """Whether a schedule calls its target twice for one due time, as AWS does at times.

    Args:
        schedule: its name.
        account_id: whose it is.
    """
    fault = plan.strike(
        EVENT,
        account_id=account_id,
        fits=lambda fault: "schedule" in fault.given and fault.matches("schedule", schedule),
    )
    return fault is not None


def _means(fault: Fault, event: Mapping[str, Any]) -> bool:
    if "schedule" in fault.given:
        return False
    detail = event["detail"]
    return (
        fault.matches("source", str(event["source"]))
        and fault.matches("detail_type", str(event["detail-type"]))
        and all(
            re.fullmatch(pattern, str(detail.get(name, ""))) for name, pattern in fault.given.get("match", {}).items()
        )
    )


def _hold(fault: Fault, deliver: Callable[[], list[Work]], *, account_id: str) -> None:
    held = _Held(fault=fault, account_id=account_id, left=fault.given.get("others"))
    waiting = runtime.current().of(_HeldEvents)
    with waiting.changing:
        waiting.events.append(held)

    def wait(work: Work) -> None:
        while not held.due.wait(0.1) and not fault.released.is_set() and not work.is_stopping:
            pass
        with waiting.changing:
            waiting.events.remove(held)
        # Behind the others means that they have arrived.
        for delivery in held.others:
            delivery.wait()
        deliver()

    runtime.current().background.start(f"held by {fault.id}", wait)


def _let_go(passed: Mapping[str, Any], deliveries: list[Work], *, account_id: str) -> None:
    """Count an event that passed for those that wait for others of their sort in the same account.

    A forwarded event passes the bus it came from too, and must not let itself go.
    """
    waiting = runtime.current().of(_HeldEvents)
    with waiting.changing:
        for held in waiting.events:
            if held.left is not None and held.account_id == account_id and _means(held.fault, passed):
                held.left -= 1
                held.others += deliveries
                if held.left <= 0:
                    held.due.set()
