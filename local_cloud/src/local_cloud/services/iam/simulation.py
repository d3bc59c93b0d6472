"""What the policies of a principal say of an action, with the statements that say it.

The engine is the one that decides real calls (`authorization.decide`). Here the policies are given, nothing is
recorded, and the context is only what the caller names: a condition on another key is not met, and the key is told.

Reference: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_cloud.services.iam import authorization, policy
from local_cloud.services.iam.authorization import Policies
from local_cloud.services.iam.calls import Decision
from local_cloud.services.iam.conditions import ConditionContext
from local_cloud.services.iam.policy import Document, Principal

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
# Most restrictive first.
_DECISIONS = ("explicitDeny", "implicitDeny", "allowed")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One policy.

    Args:
        name: SourcePolicyId.
        kind: SourcePolicyType, as AWS answers it, which is none of the values that the service model lists.
        document: what it says.
    """

    name: str
    kind: str
    document: Document


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What is simulated.

    Args:
        principal: the caller.
        identity: the caller's policies.
        boundary: the caller's permissions boundary; None without one.
        resource_policy: that every resource has; None without one.
        owner: account of the resources whose ARN names none.
        context: condition keys in lower case.
    """

    principal: Principal
    identity: Sequence[Source]
    boundary: Source | None
    resource_policy: Source | None
    owner: str
    context: ConditionContext


@dataclass(frozen=True, kw_only=True)
class _Result:
    resource: str
    decision: Decision
    matched: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    within_boundary: bool | None

    @property
    def told(self) -> str:
        if self.decision.allowed:
            return "allowed"
        return "explicitDeny" if self.decision.explicit else "implicitDeny"

    def details(self) -> dict[str, Any]:
        """What a result of one resource and that of all have in common."""
        boundary = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": self.within_boundary}}
        return {
            "MatchedStatements": [{"SourcePolicyId": name, "SourcePolicyType": kind} for name, kind in self.matched],
            "MissingContextValues": list(self.missing),
            **({} if self.within_boundary is None else boundary),
        }


def evaluate(simulation: Simulation, action: str, resources: Sequence[str]) -> dict[str, Any]:
    """EvaluationResult of one action: the most restrictive decision, and that on each resource if some are named.

    EvalResourceName is left out where resources are named: since 2026 it is the template of the action's ARN there,
    which nobody knows here.

    Args:
        simulation: whose policies, and which.
        action: ``service:Action``.
        resources: ARNs; empty for all.
    """
    results = [_decide(simulation, action, resource) for resource in resources or ["*"]]
    worst = min(results, key=lambda result: _DECISIONS.index(result.told))
    aggregate = _Result(
        resource="*",
        decision=worst.decision,
        matched=_unique(item for result in results if result.told == worst.told for item in result.matched),
        missing=_unique(key for result in results for key in result.missing),
        within_boundary=worst.within_boundary if worst.within_boundary is None else _all_within(results),
    )
    told = {"EvalActionName": action, "EvalDecision": aggregate.told, **aggregate.details()}
    if not resources or "*" in resources:
        return {**told, "EvalResourceName": "*"}
    return {
        **told,
        "ResourceSpecificResults": [
            {"EvalResourceName": result.resource, "EvalResourceDecision": result.told, **result.details()}
            for result in results
        ],
    }


def _all_within(results: Iterable[_Result]) -> bool:
    return all(result.within_boundary for result in results)


def _unique(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(items))


def _decide(simulation: Simulation, action: str, resource: str) -> _Result:
    account = (resource.split(":") + [""] * 5)[4]
    policies = Policies(
        identity=[source.document for source in simulation.identity],
        boundary=simulation.boundary.document if simulation.boundary else None,
        resource=simulation.resource_policy.document if simulation.resource_policy else None,
    )
    decision = authorization.decide(
        policies,
        simulation.principal,
        action=action,
        resource=resource,
        owner=account or simulation.owner,
        context=simulation.context,
    )
    within = None
    if policies.boundary is not None:
        limit = policy.evaluate([policies.boundary], action=action, resource=resource, context=simulation.context)
        within = limit is policy.Effect.ALLOW
    return _Result(
        resource=resource,
        decision=decision,
        matched=_unique(_matched(simulation, action, resource, decision)),
        missing=_unique(_missing(simulation, action, resource)),
        within_boundary=within,
    )


def _sources(simulation: Simulation) -> Iterator[tuple[Source, Principal | None]]:
    """All policies, each with the caller if it names callers."""
    for source in simulation.identity:
        yield source, None
    if simulation.boundary:
        yield simulation.boundary, None
    if simulation.resource_policy:
        yield simulation.resource_policy, simulation.principal


def _matched(simulation: Simulation, action: str, resource: str, decision: Decision) -> Iterator[tuple[str, str]]:
    """The policies with a statement that decides; of a denial that nobody wrote there is none."""
    if not decision.allowed and not decision.explicit:
        return
    effect = "Allow" if decision.allowed else "Deny"
    for source, principal in _sources(simulation):
        if decision.allowed and source is simulation.boundary:
            continue
        for statement in policy.statements(source.document):
            if statement["Effect"] == effect and policy.applies(
                statement, action, resource, simulation.context, principal
            ):
                yield source.name, source.kind


def _missing(simulation: Simulation, action: str, resource: str) -> Iterator[str]:
    """Keys that nobody gave, of the statements that would say something if their condition were met."""
    for source, principal in _sources(simulation):
        for statement in policy.statements(source.document):
            if policy.concerns(statement, action, resource, simulation.context, principal):
                yield from (key for key in _keys(statement) if key.lower() not in simulation.context)


def _keys(statement: Mapping[str, Any]) -> Iterator[str]:
    for keys in statement.get("Condition", {}).values():
        yield from keys
    for member in ("Resource", "NotResource", "Condition"):
        yield from (name.partition(",")[0] for name in _VARIABLE.findall(str(statement.get(member, ""))))
