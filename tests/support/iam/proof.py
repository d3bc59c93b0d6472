"""Joins what roles were granted with what they did."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.iam import matching
from tests.support.iam.calls import Call
from tests.support.iam.roles import Grant, Role

Counted = tuple[Call, int]
# What everybody may do, whatever the policies say.
_ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why grants are not used by any scenario, and stay.

    Args:
        roles: names of their constructs.
        actions: as the policies write them.
        resources: patterns of what the template writes; each has to explain something.
        why: the reason.
        sometimes: a scenario may use the grants, depending on what comes first; then use is no sign of a stale entry.
    """

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    why: str
    sometimes: bool = False

    def parts(self) -> Iterator[tuple[str, str, str]]:
        """Every role, action and resource named."""
        return ((role, action, item) for role in self.roles for action in self.actions for item in self.resources)


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Calls that are agreed to be other than all others are.

    Args:
        principal: pattern of ``<account>:<role name>``; the role's construct if the app made it.
        session: pattern of the session's name.
        actions: patterns.
        resource: pattern of the ARN.
        why: the reason.
    """

    principal: str
    session: str = "*"
    actions: tuple[str, ...] = ("*",)
    resource: str = "*"
    why: str

    def covers(self, call: Call, name: str) -> bool:
        """Whether it speaks of a call by a principal of that name."""
        return (
            matching.like(self.principal, f"{call.account_id}:{name}")
            and matching.like(self.session, call.session_name)
            and any(matching.action_like(action, call.action) for action in self.actions)
            and matching.like(self.resource, call.resource)
        )


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What a reviewer agreed to.

    Args:
        unused: grants that no scenario uses.
        denied: calls of the app's roles that are denied as they should be.
        crossing: calls that may reach another account.
        probes: sessions of the tests, which try what they must not.
        tools: roles that are not the app's: whoever deploys it.
    """

    unused: Sequence[Reason] = ()
    denied: Sequence[Agreement] = ()
    crossing: Sequence[Agreement] = ()
    probes: Sequence[Agreement] = ()
    tools: Sequence[Agreement] = ()


# With the exception that expects it.
Denied = tuple[Call, int, Agreement | None]


@dataclass(frozen=True, kw_only=True)
class GrantUse:
    """A grant and its calls."""

    grant: Grant
    count: int
    reason: Reason | None = None

    @property
    def explained(self) -> bool:
        """Used, or unused with a reason; a statement that denies needs no use."""
        return self.count > 0 or self.reason is not None or not self.grant.allows


@dataclass(frozen=True, kw_only=True)
class RoleProof:
    """A role and what became of its grants and calls.

    Args:
        role: the role.
        grants: each with its use.
        unmatched: calls that went through and that its own policies do not allow.
        denied: calls that were denied, with the exception that expects it.
        calls: how many went through.
    """

    role: Role
    grants: tuple[GrantUse, ...]
    unmatched: tuple[Counted, ...]
    denied: tuple[Denied, ...]
    calls: int

    @property
    def unexplained(self) -> list[GrantUse]:
        """Grants that nobody used and nobody explained."""
        return [use for use in self.grants if not use.explained]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All roles, and all calls that are not a role's own.

    Args:
        roles: of all accounts.
        refused: calls of the tests' probes that were denied.
        crossings: calls that reached another account as agreed, with the agreement.
        leaks: calls that reached another account without one.
        services: calls of AWS services in their own name.
        tools: calls of whoever deploys.
        strays: calls of roles that nobody knows.
        stale: entries of the expectations that expect what does not happen.
    """

    roles: tuple[RoleProof, ...]
    refused: tuple[Counted, ...]
    crossings: tuple[tuple[Call, int, Agreement], ...]
    leaks: tuple[Counted, ...]
    services: tuple[Counted, ...]
    tools: tuple[Counted, ...]
    strays: tuple[Counted, ...]
    stale: tuple[str, ...]

    def problems(self) -> list[str]:
        """Everything that is not as it must be, a line each."""
        found = [f"{entry.role.stack} {entry.role.name}: {text}" for entry in self.roles for text in _problems(entry)]
        found += [f"reached another account: {shown(call)} ({count} times)" for call, count in self.leaks]
        found += [f"a role that nobody knows: {shown(call)} ({count} times)" for call, count in self.strays]
        return [*found, *(f"stale: {text}" for text in self.stale)]

    @property
    def unexplained(self) -> int:
        """How many grants nobody used and nobody explained."""
        return sum(len(entry.unexplained) for entry in self.roles)

    @property
    def unmatched(self) -> int:
        """How many kinds of calls a role's own policies do not allow."""
        return sum(len(entry.unmatched) for entry in self.roles)

    @property
    def unexpected_denials(self) -> int:
        """How many kinds of calls of the app's roles were denied and should not have been."""
        return sum(1 for entry in self.roles for _, _, expected in entry.denied if expected is None)

    @property
    def used(self) -> int:
        """How many grants were used."""
        return sum(1 for entry in self.roles for use in entry.grants if use.count)

    @property
    def explained(self) -> int:
        """How many grants stand unused with a reason."""
        return sum(1 for entry in self.roles for use in entry.grants if use.reason)


def shown(call: Call) -> str:
    """A call in one line."""
    context = f" {dict(call.context)}" if call.context else ""
    return f"{call.action} on {call.resource} by {call.session or call.principal}{context}"


def _problems(entry: RoleProof) -> Iterator[str]:
    for use in entry.unexplained:
        condition = f" if {use.grant.condition_text}" if use.grant.condition else ""
        yield f"no scenario uses {use.grant.action} on {use.grant.template}{condition}"
    for call, count in entry.unmatched:
        yield f"its policies do not allow {shown(call)} ({count} times)"
    for call, count, expected in entry.denied:
        if expected is None:
            yield f"was denied {shown(call)} ({count} times): {call.reason}"


@dataclass
class _Sorted:
    """Calls by what they are."""

    own: dict[str, list[Counted]] = field(default_factory=dict)
    refused: list[Counted] = field(default_factory=list)
    crossings: list[tuple[Call, int, Agreement]] = field(default_factory=list)
    leaks: list[Counted] = field(default_factory=list)
    services: list[Counted] = field(default_factory=list)
    tools: list[Counted] = field(default_factory=list)
    strays: list[Counted] = field(default_factory=list)


def prove(roles: Iterable[Role], calls: Mapping[Call, int], expected: Expectations) -> Proof:
    """Join roles and calls.

    Args:
        roles: of all accounts.
        calls: the record.
        expected: what a reviewer agreed to.
    """
    roles = list(roles)
    found = _sort({role.arn: role for role in roles}, calls, expected)
    proofs = tuple(_of_role(role, found.own.get(role.arn, []), expected) for role in roles)
    return Proof(
        roles=proofs,
        refused=tuple(found.refused),
        crossings=tuple(found.crossings),
        leaks=tuple(found.leaks),
        services=tuple(found.services),
        tools=tuple(found.tools),
        strays=tuple(found.strays),
        stale=(*_stale_reasons(proofs, expected.unused), *_stale_exceptions(found, proofs, expected)),
    )


def _sort(roles: Mapping[str, Role], calls: Mapping[Call, int], expected: Expectations) -> _Sorted:
    found = _Sorted()
    for call, count in calls.items():
        if call.action in _ALWAYS_ALLOWED:
            continue
        role = roles.get(call.principal)
        name = _name(call, role)
        probe = _first(expected.probes, call, name)
        if call.allowed and call.crosses:
            agreed = _first(expected.crossing, call, name)
            if agreed is None:
                found.leaks.append((call, count))
            else:
                found.crossings.append((call, count, agreed))
        if not call.principal.startswith("arn:"):
            found.services.append((call, count))
        elif probe is not None or call.principal.endswith(":root"):
            found.refused += [] if call.allowed else [(call, count)]
        elif role is not None:
            found.own.setdefault(role.arn, []).append((call, count))
        elif _first(expected.tools, call, name) is not None:
            found.tools.append((call, count))
        else:
            found.strays.append((call, count))
    return found


def _name(call: Call, role: Role | None) -> str:
    return role.name if role else call.principal.rpartition("/")[2]


def _first(entries: Sequence[Agreement], call: Call, name: str) -> Agreement | None:
    return next((entry for entry in entries if entry.covers(call, name)), None)


def _of_role(role: Role, calls: list[Counted], expected: Expectations) -> RoleProof:
    uses: Counter[Grant] = Counter()
    unmatched: list[Counted] = []
    denied: list[Denied] = []
    for call, count in calls:
        if not call.allowed:
            denied.append((call, count, _first(expected.denied, call, role.name)))
            continue
        hits = [grant for grant in role.grants if _hit(grant, call)]
        uses.update(dict.fromkeys(hits, count))
        if not hits or not all(grant.allows for grant in hits):
            unmatched.append((call, count))
    return RoleProof(
        role=role,
        grants=tuple(
            GrantUse(
                grant=grant, count=uses[grant], reason=None if uses[grant] else _reason(role, grant, expected.unused)
            )
            for grant in role.grants
        ),
        unmatched=tuple(unmatched),
        denied=tuple(denied),
        calls=sum(count for call, count in calls if call.allowed),
    )


def _hit(grant: Grant, call: Call) -> bool:
    return matching.covers(action=grant.action, resource=grant.resource, condition=grant.condition, call=call)


def _reason(role: Role, grant: Grant, reasons: Sequence[Reason]) -> Reason | None:
    return next(
        (
            reason
            for reason in reasons
            if role.name in reason.roles
            and grant.action in reason.actions
            and any(matching.like(pattern, grant.template) for pattern in reason.resources)
        ),
        None,
    )


def _stale_reasons(proofs: Sequence[RoleProof], reasons: Sequence[Reason]) -> Iterator[str]:
    for reason in reasons:
        for name, action, pattern in reason.parts():
            listed = [
                use
                for proof in proofs
                if proof.role.name == name
                for use in proof.grants
                if use.grant.action == action and matching.like(pattern, use.grant.template)
            ]
            if not listed:
                yield f"{name} is not granted {action} on {pattern} any more, and a reason is given ({reason.why})"
            elif not reason.sometimes and all(use.count for use in listed):
                yield f"{name} uses {action} on {pattern}, and a reason is given why not ({reason.why})"


def _stale_exceptions(found: _Sorted, proofs: Sequence[RoleProof], expected: Expectations) -> Iterator[str]:
    happened = {id(agreed) for _, _, agreed in found.crossings}
    happened |= {id(agreed) for proof in proofs for _, _, agreed in proof.denied}
    for entry in (*expected.crossing, *expected.denied):
        if id(entry) not in happened:
            yield f"no call of {entry.principal} is {', '.join(entry.actions)} on {entry.resource} ({entry.why})"
