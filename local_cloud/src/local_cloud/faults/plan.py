"""The plan: which faults are due, and how often each was met.

``POST /_local/faults`` with one of ``{"add": {...}}`` (answers with the fault's ``id``), ``{"remove": id}``,
``{"clear": true}`` and ``{"list": true}``. Faults are forgotten when the server stops.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.faults import codes, models
from local_cloud.faults.kinds import CALL, ENDPOINT, EVENT, FUNCTION, JOB, KINDS, Kind
from local_cloud.kernel import runtime

# How an order says what it means, besides the kind's own fields.
_COMMON = ("kind", "account_id", "after", "times")
_OF_TARGET: Mapping[str, tuple[str, ...]] = {
    CALL: ("service", "operation", "match", "principal"),
    JOB: ("job", "name"),
    FUNCTION: ("function",),
    ENDPOINT: ("operation", "endpoint"),
    EVENT: ("source", "detail_type", "match", "schedule"),
}
_REQUIRED_OF_TARGET: Mapping[str, tuple[str, ...]] = {
    CALL: ("service", "operation"),
    JOB: ("job",),
    FUNCTION: (),
    ENDPOINT: ("operation",),
    EVENT: (),
}
# Fields that hold a regular expression each.
_PATTERNS = ("principal", "name", "function", "endpoint", "source", "detail_type", "schedule")
_JOBS = ("build", "glue", "processing", "training", "transform", "trial")
_ENDPOINT_OPERATIONS = ("CreateEndpoint", "UpdateEndpoint")
_ACCOUNT_ID = re.compile(r"\d{12}")


@dataclass(kw_only=True)
class Fault:
    """One fault of the plan.

    Args:
        id: given by the plan.
        kind: a key of `KINDS`.
        given: the fields of the order, apart from those below.
        account_id: of whoever is befallen; None for all.
        after: how many matching occasions it leaves alone first.
        times: how often it strikes; None for always.
        seen: matching occasions so far.
        hits: how often it struck.
    """

    id: str
    kind: str
    given: Mapping[str, Any]
    account_id: str | None
    after: int
    times: int | None
    seen: int = 0
    hits: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def target(self) -> str:
        """What it befalls."""
        return KINDS[self.kind].target

    def described(self) -> dict[str, Any]:
        """As an answer gives it."""
        return {
            "id": self.id,
            "kind": self.kind,
            **self.given,
            "account_id": self.account_id,
            "after": self.after,
            "times": self.times,
            "seen": self.seen,
            "hits": self.hits,
        }

    def matches(self, name: str, value: str) -> bool:
        """Whether a value fits the regular expression that the order gave under a name, if it gave one."""
        pattern = self.given.get(name)
        return pattern is None or re.fullmatch(pattern, value) is not None


class _Plan:
    """The faults by their ids, in their order."""

    def __init__(self) -> None:
        self.changing = threading.Lock()
        self.faults: dict[str, Fault] = {}
        self.made = 0


def _plan() -> _Plan:
    return runtime.current().of(_Plan)


def order(request: dict[str, Any]) -> dict[str, Any]:
    """Take an order of the control interface.

    Raises:
        ValueError: a field is missing, unknown or out of range.
    """
    if len(request) != 1 or not set(request) <= {"add", "remove", "clear", "list"}:
        raise ValueError(f"faults: give one of add, remove, clear and list, got {sorted(request)}")
    (verb, given), *_ = request.items()
    if verb == "add":
        return {"id": add(given).id}
    if verb == "remove":
        return remove(given)
    if given is not True:
        raise ValueError(f"faults: {verb} must be true, got {given!r}")
    if verb == "clear":
        return clear()
    plan = _plan()
    with plan.changing:
        return {"faults": [fault.described() for fault in plan.faults.values()]}


def add(given: Any) -> Fault:
    """Put a fault at the end of the plan.

    Raises:
        ValueError: as `order`.
    """
    if not isinstance(given, dict):
        raise ValueError(f"faults: a fault must be an object, got {given!r}")  # noqa: TRY004  # answered as a wrong order
    _check(given)
    plan = _plan()
    with plan.changing:
        plan.made += 1
        fault = Fault(
            id=f"fault-{plan.made}",
            kind=given["kind"],
            given={name: value for name, value in given.items() if name not in _COMMON},
            account_id=given.get("account_id"),
            after=given.get("after", 0),
            times=given.get("times"),
        )
        plan.faults[fault.id] = fault
    return fault


def remove(fault_id: Any) -> dict[str, Any]:
    """Take a fault out of the plan, and let go what it holds.

    Raises:
        ValueError: there is none of that id.
    """
    plan = _plan()
    with plan.changing:
        if fault_id not in plan.faults:
            raise ValueError(f"faults: there is no fault {fault_id!r}, only {list(plan.faults)}")
        fault = plan.faults.pop(fault_id)
    fault.released.set()
    return fault.described()


def clear() -> dict[str, Any]:
    """Empty the plan."""
    plan = _plan()
    with plan.changing:
        ended = list(plan.faults.values())
        plan.faults.clear()
    for fault in ended:
        fault.released.set()
    return {"faults": [fault.described() for fault in ended]}


def strike(
    target: str, *, account_id: str, fits: Callable[[Fault], bool], kinds: tuple[str, ...] | None = None
) -> Fault | None:
    """The fault that befalls an occasion, None when all goes well; counts it.

    Args:
        target: of what sort the occasion is.
        account_id: whose it is.
        fits: whether a fault means it.
        kinds: only these; all of the target otherwise.
    """
    plan = _plan()
    with plan.changing:
        for fault in plan.faults.values():
            if fault.target != target or (kinds is not None and fault.kind not in kinds):
                continue
            if fault.account_id not in {None, account_id} or not fits(fault):
                continue
            fault.seen += 1
            if fault.seen > fault.after and (fault.times is None or fault.hits < fault.times):
                fault.hits += 1
                return fault
    return None


def is_empty() -> bool:
    """Whether nothing can go wrong."""
    return not _plan().faults


def _check(given: dict[str, Any]) -> None:
    name = str(given.get("kind"))
    if name not in KINDS:
        raise ValueError(f"faults: unknown kind {given.get('kind')!r}; there are {sorted(KINDS)}")
    kind = KINDS[name]
    known = {*_COMMON, *_OF_TARGET[kind.target], *kind.fields}
    unknown = sorted(set(given) - known)
    missing = [field for field in (*_REQUIRED_OF_TARGET[kind.target], *kind.required) if not given.get(field)]
    if unknown or missing:
        raise ValueError(f"faults: {name}: missing {missing}, unknown {unknown}; it knows {sorted(known)}")
    account_id = given.get("account_id")
    if account_id is not None and not _ACCOUNT_ID.fullmatch(str(account_id)):
        raise ValueError(f"faults: {name}: account_id must have 12 digits, got {account_id!r}")
    for field_name, lowest in (("after", 0), ("times", 1)):
        value = given.get(field_name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < lowest):
            raise ValueError(f"faults: {name}: {field_name} must be a whole number from {lowest}, got {value!r}")
    _check_patterns(name, given)
    _check_own_fields(name, kind, given)
    if kind.target == CALL:
        _check_call(name, given)
    if kind.target == JOB and given["job"] not in (known_jobs := kind.jobs or _JOBS):
        raise ValueError(f"faults: {name}: job must be one of {list(known_jobs)}, got {given['job']!r}")
    if kind.target == ENDPOINT:
        _check_endpoint(name, given)
    if kind.target == EVENT:
        _check_event(name, given)


def _check_patterns(name: str, given: dict[str, Any]) -> None:
    patterns = given.get("match", {})
    if not isinstance(patterns, dict):
        raise ValueError(f"faults: {name}: match must be an object of regular expressions, got {patterns!r}")  # noqa: TRY004  # as above
    alone = {field: given[field] for field in _PATTERNS if field in given}
    for field_name, pattern in {**patterns, **alone}.items():
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise ValueError(
                f"faults: {name}: {field_name} must be a regular expression, got {pattern!r}: {error}"
            ) from error


def _check_own_fields(name: str, kind: Kind, given: dict[str, Any]) -> None:
    for field_name, check in kind.fields.items():
        if field_name in given:
            try:
                check(given[field_name])
            except ValueError as error:
                raise ValueError(f"faults: {name}: {field_name} {error}") from error


def _check_call(name: str, given: dict[str, Any]) -> None:
    service, operation = given["service"], given["operation"]
    if service not in models.services():
        raise ValueError(f"faults: {name}: unknown service {service!r}; give the name of boto3's client")
    model = models.of(service)
    if operation not in model.operation_names:
        raise ValueError(f"faults: {name}: {service} has no operation {operation!r}; it has {model.operation_names}")
    try:
        if name == "capacity":
            codes.capacity(service)
        if name == "error":
            codes.modelled(service, given["code"])
    except ValueError as error:
        raise ValueError(f"faults: {name}: {error}") from error
    known = list((models.outside_body if service == "s3" else models.members)(service, operation))
    unknown = sorted(set(given.get("match", {})) - set(known))
    if unknown:
        raise ValueError(f"faults: {name}: {operation} cannot be matched by {unknown}; give some of {known}")


def _check_endpoint(name: str, given: dict[str, Any]) -> None:
    operation = given["operation"]
    if operation not in _ENDPOINT_OPERATIONS:
        raise ValueError(f"faults: {name}: operation must be one of {list(_ENDPOINT_OPERATIONS)}, got {operation!r}")
    outcome = given.get("outcome", "Failed")
    if operation == "CreateEndpoint" and outcome != "Failed":
        raise ValueError(f"faults: {name}: an endpoint that cannot be created is Failed, got outcome {outcome!r}")


def _check_event(name: str, given: dict[str, Any]) -> None:
    of_event = [field for field in ("source", "detail_type", "match") if field in given]
    if "schedule" in given and of_event:
        raise ValueError(f"faults: {name}: a schedule has no event, leave out {of_event}")
    if name == "reorder_events" and "schedule" in given:
        raise ValueError(f"faults: {name}: only events of EventBridge can be held back, leave out schedule")
    if not of_event and "schedule" not in given:
        raise ValueError(f"faults: {name}: say which by source, detail_type, match or schedule")
