"""Condition operators.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import functools
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from local_cloud.kernel.errors import NotEmulatedError

ConditionContext = Mapping[str, str | Sequence[str]]
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


@functools.lru_cache(maxsize=10_000)
def pattern(glob: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """IAM's wildcards: ``*`` is any text, ``?`` one character, nothing else is special."""
    parts = (".*" if letter == "*" else "." if letter == "?" else re.escape(letter) for letter in glob)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(glob: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether a text matches an IAM wildcard pattern."""
    return pattern(glob, ignore_case=ignore_case).fullmatch(text) is not None


def _arn_like(expected: str, actual: str) -> bool:
    # Each of the six parts is matched by itself: a wildcard does not reach over a colon.
    left, right = expected.split(":", 5), actual.split(":", 5)
    return len(left) == len(right) and all(matches(one, other) for one, other in zip(left, right, strict=True))


def _in_network(expected: str, actual: str) -> bool:
    return ipaddress.ip_address(actual) in ipaddress.ip_network(expected, strict=False)


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda expected, actual: compare(float(actual), float(expected))


def _date(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    return lambda expected, actual: compare(datetime.fromisoformat(actual), datetime.fromisoformat(expected))


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda expected, actual: expected == actual,
    "StringEqualsIgnoreCase": lambda expected, actual: expected.lower() == actual.lower(),
    "StringLike": matches,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda expected, actual: expected.lower() == actual.lower(),
    "IpAddress": _in_network,
    "NumericEquals": _numeric(lambda actual, expected: actual == expected),
    "NumericLessThan": _numeric(lambda actual, expected: actual < expected),
    "NumericLessThanEquals": _numeric(lambda actual, expected: actual <= expected),
    "NumericGreaterThan": _numeric(lambda actual, expected: actual > expected),
    "NumericGreaterThanEquals": _numeric(lambda actual, expected: actual >= expected),
    "DateEquals": _date(lambda actual, expected: actual == expected),
    "DateLessThan": _date(lambda actual, expected: actual < expected),
    "DateLessThanEquals": _date(lambda actual, expected: actual <= expected),
    "DateGreaterThan": _date(lambda actual, expected: actual > expected),
    "DateGreaterThanEquals": _date(lambda actual, expected: actual >= expected),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def holds(conditions: Mapping[str, Mapping[str, Any]], context: ConditionContext) -> bool:
    """Whether all conditions of a statement hold.

    Args:
        conditions: the statement's Condition element.
        context: values by key, keys in lower case.

    Raises:
        NotEmulatedError: an operator is unknown; it is never taken as met.
    """
    return all(
        _key_holds(operator, key.lower(), _texts(expected), context)
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def substitute(text: str, context: ConditionContext) -> str:
    """Replace policy variables such as ``${aws:PrincipalAccount}``."""

    def value(match: re.Match[str]) -> str:
        found = context.get(match[1].lower())
        return found if isinstance(found, str) else match[0]

    return _VARIABLE.sub(value, text) if "${" in text else text


def _key_holds(operator: str, key: str, expected: list[str], context: ConditionContext) -> bool:
    quantifier, _, name = operator.rpartition(":")
    optional, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    actual = context.get(key)
    if name == "Null":
        return (actual is None) == (expected[0].lower() == "true")
    negated = name in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(name, name))
    if compare is None or quantifier not in {"", "ForAllValues", "ForAnyValue"}:
        raise NotEmulatedError(f"the local cloud does not emulate the condition operator {operator}")
    if actual is None:
        return optional or quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")
    patterns = [substitute(item, context) for item in expected]
    hits = [any(compare(item, value) for item in patterns) for value in _texts(actual)]
    if quantifier == "ForAllValues":
        return all(hit != negated for hit in hits)
    if quantifier == "ForAnyValue":
        return any(hit != negated for hit in hits)
    return any(hits) != negated


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
