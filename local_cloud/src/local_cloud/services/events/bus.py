"""Event buses: what arrives on one is matched with its rules, and each target of a match gets its delivery."""

import copy
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local_cloud.faults import events as faults
from local_cloud.kernel import runtime, unforeseen
from local_cloud.kernel.errors import JobError
from local_cloud.kernel.services import backends
from local_cloud.kernel.work import Work
from local_cloud.services.events import delivery, patterns
from local_cloud.services.events.order import Delivery

# Services whose events are emitted here, and the calls they follow.
EMITTED = {
    "aws.codebuild": "the start and the end of a build, and the end of each of its phases",
    "aws.sagemaker": "CreateModelPackage and UpdateModelPackage",
    "aws.codepipeline": "every change of the state of an execution, a stage or an action",
    "aws.states": "the start and the end of an execution",
    "aws.codecommit": "a push and whatever else moves a branch or tag",
}


def event(
    *,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    account_id: str,
    region: str,
    resources: Sequence[str] = (),
    time: datetime | None = None,
) -> dict[str, Any]:
    """A new event as its targets see it.

    Reference: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        "time": _iso(time or runtime.current().clock.now()),
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }


def emit(
    *, account_id: str, region: str, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
) -> None:
    """Put a service's own event on the default bus of an account; what it tells of goes on, delivered or not."""
    made = event(
        source=source,
        detail_type=detail_type,
        detail=detail,
        account_id=account_id,
        region=region,
        resources=resources,
    )
    try:
        receive(made, account_id=account_id, region=region, bus_name="default")
    except JobError:
        unforeseen.LOG.exception("%s of %s: not delivered to all targets", detail_type, source)


def receive(
    received: Mapping[str, Any], *, account_id: str, region: str, bus_name: str, forwarded: bool = False
) -> None:
    """Match an event with the rules of a bus, and start the deliveries in the background.

    Args:
        received: the event.
        account_id: owner of the bus.
        region: of the bus.
        bus_name: its name.
        forwarded: it came from another bus, and so goes to no third one.
    """
    faults.pass_on(
        received,
        account_id=account_id,
        deliver=lambda: _match(received, account_id, region, bus_name, forwarded),
    )


def _match(received: Mapping[str, Any], account_id: str, region: str, bus_name: str, forwarded: bool) -> list[Work]:
    ingested = _iso(runtime.current().clock.now())
    deliveries = []
    for rule in list(backends("events")[account_id][region].event_buses[bus_name].rules.values()):
        text = rule.event_pattern.dump()
        if rule.state == "DISABLED" or not text or not patterns.matches(patterns.parse(text), received):
            continue
        for target in copy.deepcopy(rule.targets):
            order = Delivery(
                event=copy.deepcopy(dict(received)),
                target=target,
                rule_arn=rule.arn,
                ingested=ingested,
                forwarded=forwarded,
            )
            deliveries.append(_start(order))
    return deliveries


def _start(order: Delivery) -> Work:
    return runtime.current().background.start(
        f"{order.rule_arn} {order.target['Id']}", lambda _: delivery.deliver(order, receive=receive)
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
