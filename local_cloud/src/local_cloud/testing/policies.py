"""IAM policies as the local cloud reads them, without a call."""

from collections.abc import Iterable, Mapping
from typing import Any

from local_cloud.services.iam import policy
from local_cloud.services.iam.conditions import matches as _matches
from local_cloud.services.iam.policy import Effect


def allows(document: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether a policy by itself allows an action.

    Args:
        document: the policy.
        action: for example ``s3:GetObject``.
        resource: ARN.
        context: condition keys in lower case, and their values.
    """
    return policy.evaluate([dict(document)], action=action, resource=resource, context=context or {}) is Effect.ALLOW


def items(value: Any) -> list[Any]:
    """The members of an element that may be one value or a list."""
    return policy.items(value)


def matches(patterns: Iterable[str], text: str, *, ignore_case: bool = False) -> bool:
    """Whether one of some patterns with ``*`` and ``?`` matches all of a text."""
    return any(_matches(pattern, text, ignore_case=ignore_case) for pattern in patterns)
