"""Policy documents and how they decide: an explicit deny, else an allow, else nothing.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from local_cloud.services.iam.conditions import ConditionContext, holds, matches, substitute

Document = Mapping[str, Any]


class MalformedPolicyError(ValueError):
    """A text is no policy; says why, as IAM does."""


class Effect(Enum):
    """What a set of policies says."""

    ALLOW = "Allow"
    DENY = "Deny"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who calls: a role session, an account's root, an AWS service or somebody whom an identity provider knows.

    Args:
        arn: of the role, of the root, or the service principal.
        account_id: the caller's account; empty for a service.
        session_arn: of the assumed role, as error messages show it.
        service: service principal, if a service calls.
        session_policies: texts of the policies that narrow this one session.
        federated: ARN of the identity provider whose token speaks for the caller, if one does.
    """

    arn: str
    account_id: str = ""
    session_arn: str = ""
    service: str = ""
    session_policies: tuple[str, ...] = ()
    federated: str = ""

    @property
    def is_root(self) -> bool:
        """True for an account's root, which identity policies do not bind."""
        return self.arn.endswith(":root")


def evaluate(
    documents: Iterable[Document],
    *,
    action: str,
    resource: str,
    context: ConditionContext,
    principal: Principal | None = None,
) -> Effect:
    """Evaluate policies of one kind.

    Args:
        documents: identity policies, or one resource's policy.
        action: ``service:Action``.
        resource: ARN, or ``*`` where the action has none.
        context: condition keys in lower case.
        principal: given for resource-based policies only.
    """
    result = Effect.NONE
    for document in documents:
        for statement in statements(document):
            if applies(statement, action, resource, context, principal):
                if statement["Effect"] == "Deny":
                    return Effect.DENY
                result = Effect.ALLOW
    return result


def check(text: str | bytes) -> Document:
    """Parse a document that somebody sent: an object with a Statement, each of which has an Effect.

    Args:
        text: of the document.

    Raises:
        MalformedPolicyError: it is none.
    """
    try:
        document = json.loads(text)
    except (TypeError, ValueError) as error:
        raise MalformedPolicyError("This policy contains invalid Json") from error
    if not isinstance(document, dict):
        raise MalformedPolicyError("A policy is a JSON object")
    if "Statement" not in document:
        raise MalformedPolicyError("Missing required field Statement")
    for statement in statements(document):
        if not isinstance(statement, dict):
            raise MalformedPolicyError("A Statement is a JSON object, or a list of them")
        if "Effect" not in statement:
            raise MalformedPolicyError("Missing required field Effect")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise MalformedPolicyError(f"Invalid effect: {statement['Effect']}")
    return document


@functools.lru_cache(maxsize=2_000)
def parse(text: str) -> Document:
    """Parse a document; the cache makes a check cheap."""
    return dict(json.loads(text))


def names_principal(element: Any, principal: Principal) -> bool:
    """Whether a Principal element names a caller."""
    if element == "*":
        return True
    for kind, names in (element or {}).items():
        for name in items(names):
            if kind == "Service" and principal.service and name == principal.service:
                return True
            if kind == "Federated" and principal.federated and name in {"*", principal.federated}:
                return True
            if kind == "AWS" and not (principal.service or principal.federated) and _names_aws(name, principal):
                return True
    return False


def _names_aws(name: str, principal: Principal) -> bool:
    account = principal.account_id
    return name in {"*", principal.arn, principal.session_arn, account, f"arn:aws:iam::{account}:root"}


def applies(
    statement: Mapping[str, Any],
    action: str,
    resource: str,
    context: ConditionContext,
    principal: Principal | None,
) -> bool:
    """Whether a statement says something of a request; see `evaluate`."""
    concerned = concerns(statement, action, resource, context, principal)
    return concerned and holds(statement.get("Condition", {}), context)


def concerns(  # noqa: PLR0911  # one return an element of the statement
    statement: Mapping[str, Any],
    action: str,
    resource: str,
    context: ConditionContext,
    principal: Principal | None,
) -> bool:
    """Whether a statement is about a request, whatever its Condition says."""
    if "Action" in statement and not _any_action(statement["Action"], action):
        return False
    if "NotAction" in statement and _any_action(statement["NotAction"], action):
        return False
    if "Resource" in statement and not _any_resource(statement["Resource"], resource, context):
        return False
    if "NotResource" in statement and _any_resource(statement["NotResource"], resource, context):
        return False
    if principal is not None:
        if "Principal" in statement and not names_principal(statement["Principal"], principal):
            return False
        if "NotPrincipal" in statement and names_principal(statement["NotPrincipal"], principal):
            return False
    return True


def _any_action(patterns: Any, action: str) -> bool:
    return any(matches(item, action, ignore_case=True) for item in items(patterns))


def _any_resource(patterns: Any, resource: str, context: ConditionContext) -> bool:
    return any(matches(substitute(item, context), resource) for item in items(patterns))


def statements(document: Document) -> list[Any]:
    """A document's statements."""
    return items(document.get("Statement", []))


def items(value: Any) -> list[Any]:
    """The elements of what a policy may write as one value or as a list."""
    return value if isinstance(value, list) else [value]
