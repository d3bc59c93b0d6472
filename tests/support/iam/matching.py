"""Decides from a policy's text whether a call is allowed; written apart from the local cloud, which it checks.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from tests.support.iam.calls import Call, Values

_SEGMENTS = 6


@cache
def _regex(wildcards: str) -> re.Pattern[str]:
    return re.compile(re.escape(wildcards).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def like(wildcards: str, text: str) -> bool:
    """Whether a text matches a pattern in which ``*`` is any text and ``?`` any one character."""
    return _regex(wildcards).fullmatch(text) is not None


def arn_like(wildcards: str, arn: str) -> bool:
    """Whether an ARN matches a pattern, segment by segment: a wildcard does not reach over the first five colons.

    Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if wildcards == "*":
        return True
    wanted, got = wildcards.split(":", _SEGMENTS - 1), arn.split(":", _SEGMENTS - 1)
    return len(wanted) == len(got) and all(like(one, other) for one, other in zip(wanted, got, strict=True))


def action_like(wildcards: str, action: str) -> bool:
    """Whether an action matches a pattern; case does not matter in either."""
    return like(wildcards.lower(), action.lower())


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, got: wanted == got,
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda wanted, got: wanted.lower() == got.lower(),
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
_QUANTIFIERS = ("ForAllValues", "ForAnyValue")


def holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, Values]) -> bool:
    """Whether a Condition element is met.

    Args:
        condition: operators, keys and values of a statement.
        context: the call's condition keys in lower case.

    Raises:
        ValueError: an operator is not known here.
    """
    return all(
        _meets(operator, texts(wanted), context.get(key.lower()))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _meets(operator: str, wanted: list[str], got: Values | None) -> bool:
    if operator == "Null":
        return (got is None) == (wanted == ["true"])
    quantifier, _, compared = operator.rpartition(":")
    name = compared if quantifier else compared.removesuffix("IfExists")
    positive = _NEGATIONS.get(name, name)
    if positive not in _TESTS or quantifier not in {"", *_QUANTIFIERS}:
        known, quantifiers = ", ".join([*_TESTS, *_NEGATIONS]), " or ".join(_QUANTIFIERS)
        raise ValueError(f"got the condition operator {operator}; known are Null, {known}, these with {quantifiers}")
    if quantifier:
        return _meets_as_set(quantifier, positive, wanted, got, negated=name in _NEGATIONS)
    if got is None:
        # A key that is missing fails what asks for a value, and meets what forbids one.
        return name != operator or name in _NEGATIONS
    met = any(_TESTS[positive](one, value) for one in wanted for value in texts(got))
    return met != (name in _NEGATIONS)


def _meets_as_set(quantifier: str, test: str, wanted: list[str], got: Values | None, *, negated: bool) -> bool:
    """Each value of the call by itself; a missing key, and one without a value, is a set without members.

    Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
    """
    met = (any(_TESTS[test](one, value) for one in wanted) != negated for value in texts(got or ()) if value)
    return all(met) if quantifier == "ForAllValues" else any(met)


def texts(value: Any) -> list[str]:
    """What a policy may write as one value or as several."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in values]


def covers(*, action: str, resource: str, condition: Mapping[str, Mapping[str, Any]], call: Call) -> bool:
    """Whether one action on one resource under a condition is what a call does."""
    return action_like(action, call.action) and arn_like(resource, call.resource) and holds(condition, call.conditions)
