"""The calls of EventBridge that moto answers without doing them, or not as AWS does."""

import json
from datetime import UTC, datetime
from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.events import bus, patterns, targets

_MOST_ENTRIES = 10


@patching.owner
def install() -> None:
    """Events reach targets without roles, policies or retries, and patterns and inputs are not checked."""
    from moto.events.models import EventsBackend
    from moto.events.responses import EventsHandler

    patching.replace(EventsBackend, "put_events", put_events)
    patching.replace(EventsBackend, "put_rule", _checked_rule(EventsBackend.put_rule))
    patching.replace(EventsBackend, "put_targets", _checked_targets(EventsBackend.put_targets))
    patching.replace(EventsBackend, "create_archive", _create_archive)
    patching.replace(EventsHandler, "test_event_pattern", test_event_pattern)


def put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """PutEvents, as a method of moto's backend of the calling account.

    Reference: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """
    from moto.events.exceptions import ValidationException

    if len(events) > _MOST_ENTRIES:
        raise ValidationException(
            "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: "
            "Member must have length less than or equal to 10"
        )
    return [_put_event(self, entry) for entry in events]


def test_event_pattern(self: Any) -> str:
    """TestEventPattern, as a method of moto's response class."""
    from moto.events.exceptions import ValidationException

    pattern = _parse(str(self._get_param("EventPattern")))
    try:
        event = json.loads(self._get_param("Event"))
    except ValueError as error:
        raise ValidationException("Parameter Event is not valid. Reason: it is no JSON.") from error
    return json.dumps({"Result": patterns.matches(pattern, event)})


def _put_event(backend: Any, entry: dict[str, Any]) -> dict[str, str]:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return _refused("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    if str(entry["Source"]).startswith("aws."):
        return _refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return _refused("MalformedDetail", "Detail is malformed.")
    owner, region, name = _bus(backend, entry.get("EventBusName"))
    time = entry.get("Time")
    made = bus.event(
        source=entry["Source"],
        detail_type=entry["DetailType"],
        detail=detail,
        account_id=backend.account_id,
        region=backend.region_name,
        resources=entry.get("Resources") or (),
        time=None if time is None else _moment(time),
    )
    bus.receive(made, account_id=owner, region=region, bus_name=name)
    return {"EventId": made["id"]}


def _moment(time: Any) -> datetime:
    return datetime.fromtimestamp(float(time), UTC) if not isinstance(time, str) else datetime.fromisoformat(time)


def _refused(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}


def _bus(backend: Any, name_or_arn: str | None) -> tuple[str, str, str]:
    """Owner, region and name of a bus.

    Raises:
        ResourceNotFoundException: there is none.
    """
    from moto.events.exceptions import ResourceNotFoundException
    from moto.events.models import events_backends

    text = name_or_arn or "default"
    region, owner = (text.split(":")[3:5]) if text.startswith("arn:") else (backend.region_name, backend.account_id)
    name = text.rsplit("/", maxsplit=1)[-1]
    if name not in events_backends[owner][region].event_buses:
        raise ResourceNotFoundException(f"Event bus {name} does not exist.")
    return owner, region, name


def _own_bus(backend: Any, name_or_arn: str | None) -> str:
    """ARN of a bus of the caller's, on which alone rules are made.

    Raises:
        NotEmulatedError: it is another account's.
    """
    owner, region, name = _bus(backend, name_or_arn)
    if owner != backend.account_id:
        raise NotEmulatedError(
            f"the local cloud does not emulate rules on another account's event bus, got {name_or_arn} of {owner}"
        )
    return f"arn:aws:events:{region}:{owner}:event-bus/{name}"


def _parse(text: str) -> Any:
    from moto.events.exceptions import InvalidEventPatternException

    try:
        return patterns.parse(text)
    except patterns.PatternError as error:
        raise InvalidEventPatternException(reason=str(error)) from error


def _checked_rule(put_rule: Any) -> Any:
    def put(self: Any, name: str, **request: Any) -> Any:
        _own_bus(self, request.get("event_bus_arn"))
        if request.get("scheduled_expression"):
            raise NotEmulatedError(
                "the local cloud does not emulate rules with a ScheduleExpression; use EventBridge Scheduler"
            )
        if request.get("event_pattern"):
            silent = [
                source
                for source in patterns.sources(_parse(request["event_pattern"]))
                if source.startswith("aws.") and source not in bus.EMITTED
            ]
            if silent:
                raise NotEmulatedError(
                    f"the local cloud emits no events of {', '.join(silent)}, only of {', '.join(bus.EMITTED)}"
                )
        return put_rule(self, name, **request)

    return put


def _checked_targets(put_targets: Any) -> Any:
    from moto.core.exceptions import JsonRESTError
    from moto.events.exceptions import ValidationException

    def put(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        bus_arn = _own_bus(self, event_bus_arn)
        rule = self.describe_rule(name, event_bus_arn)
        for target in targets:
            problem = _problem(target, rule_bus_arn=bus_arn)
            if problem:
                raise ValidationException(problem)
        if len({item["Id"] for item in [*rule.targets, *targets]}) > _most_targets:
            raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        put_targets(self, name, event_bus_arn, targets)

    return put


_problem, _most_targets = targets.problem, targets.MOST


def _create_archive(*_: Any, **__: Any) -> None:
    raise NotImplementedError("events are not archived")
