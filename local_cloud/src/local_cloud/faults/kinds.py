"""The kinds of faults and the fields that an order may give each of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of fault.

    Args:
        target: what it befalls, which decides how an order names it.
        fields: checks of the kind's own fields; a check raises ValueError.
        required: fields of its own that have no default.
        jobs: of a kind that befalls jobs, the sorts that it befalls; None for all.
    """

    target: str
    fields: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    jobs: tuple[str, ...] | None = None


def _text(value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"must be a text, got {value!r}")


def _pattern(value: Any) -> None:
    _text(value)
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"must be a regular expression, got {value!r}: {error}") from error


def _one_of(*allowed: Any) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if value not in allowed:
            raise ValueError(f"must be one of {list(allowed)}, got {value!r}")

    return check


def _between(lowest: int, highest: int) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number between {lowest} and {highest}, got {value!r}")

    return check


def _positive(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"must be a positive number, got {value!r}")


SPOT_INTERRUPTION = "spot_interruption"
CALL, JOB, FUNCTION, ENDPOINT, EVENT = "call", "job", "function", "endpoint", "event"
_CAUSES = _one_of("algorithm", "capacity", "client", "internal")

KINDS: Mapping[str, Kind] = {
    "throttle": Kind(target=CALL, fields={"message": _text}),
    "server_error": Kind(target=CALL, fields={"status": _one_of(500, 503), "message": _text}),
    "error": Kind(
        target=CALL,
        fields={"code": _text, "message": _text, "status": _between(400, 599)},
        required=("code",),
    ),
    "capacity": Kind(target=CALL, fields={"message": _text}),
    "hang": Kind(target=CALL, fields={"seconds": _positive, "then": _one_of("fail", "go_on")}),
    "lost_answer": Kind(target=CALL),
    "dropped_connection": Kind(target=CALL),
    "job_failure": Kind(target=JOB, fields={"cause": _CAUSES, "reason": _text}),
    "job_hang": Kind(target=JOB),
    "job_crash": Kind(target=JOB),
    "partial_upload": Kind(target=JOB, fields={"reason": _text}),
    SPOT_INTERRUPTION: Kind(
        target=JOB, fields={"line": _pattern, "wait_seconds": _positive}, jobs=("training", "trial")
    ),
    "function_crash": Kind(target=FUNCTION, fields={"moment": _one_of("before", "after")}),
    "function_timeout": Kind(target=FUNCTION, fields={"moment": _one_of("before", "after")}),
    "endpoint_failure": Kind(
        target=ENDPOINT,
        fields={
            "outcome": _one_of("Failed", "RolledBack", "UpdateRollbackFailed"),
            "cause": _one_of("capacity", "container", "internal"),
            "reason": _text,
        },
    ),
    "duplicate_event": Kind(target=EVENT),
    "reorder_events": Kind(target=EVENT, fields={"others": _between(1, 1000)}),
}
