"""Names of functions with their versions and aliases, and which version an alias's invocation runs. Pure.

Reference: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import re
from collections.abc import Mapping
from typing import Any

LATEST = "$LATEST"
ALIAS = re.compile(r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)")
# A name, a partial ARN or a whole one; each may end with a version or alias.
_FUNCTION = re.compile(
    r"(?:(?:arn:[^:]+:lambda:[^:]*:\d{12}:|\d{12}:)?function:)?(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>[^:]+))?"
)
_ARN = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[a-zA-Z0-9-_]+(?::(?:\$LATEST|[a-zA-Z0-9-_]+))?")
_ARN_PARTS = 7


class QualifierError(ValueError):
    """A name or a routing that Lambda refuses, in its words."""


def split(given: str, qualifier: str | None = None) -> tuple[str, str | None]:
    """Name and qualifier of a function.

    Args:
        given: name, partial or whole ARN.
        qualifier: what the call names besides.

    Raises:
        QualifierError: the two name different ones.
    """
    found = _FUNCTION.fullmatch(given)
    if found is None:
        return given, qualifier
    if qualifier and found["qualifier"] and qualifier != found["qualifier"]:
        raise QualifierError("The derived qualifier from the function name does not match the specified qualifier.")
    return found["name"], found["qualifier"] or qualifier


def is_arn(text: str) -> bool:
    """Whether it is the whole ARN of a function, or of a version or alias of one."""
    return _ARN.fullmatch(text) is not None


def unqualified(arn: str) -> str:
    """The ARN of the function itself."""
    return ":".join(arn.split(":")[:_ARN_PARTS])


def is_version(qualifier: str) -> bool:
    """Whether it can be a version: a number, or the unpublished one."""
    return qualifier == LATEST or qualifier.isdecimal()


def check_routing(version: str, weights: Mapping[str, float]) -> None:
    """Look whether an alias may share its invocations so.

    Args:
        version: what it points to.
        weights: of the second version.

    Raises:
        QualifierError: it may not.
    """
    if len(weights) > 1:
        raise QualifierError("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for second, weight in weights.items():
        if not 0.0 <= weight <= 1.0 or not second.isdecimal():
            raise QualifierError(
                f"routingConfig.additionalVersionWeights maps the number of a version to a weight from 0.0 to 1.0, "
                f"got {{{second}={weight}}}"
            )
        if LATEST in {version, second}:
            raise QualifierError("$LATEST is not supported for an alias pointing to more than 1 version")
        if second == version:
            raise QualifierError(
                f"Invalid function version {version}. Function version {version} is already included in routing "
                "configuration."
            )


def routed(version: str, routing: Mapping[str, Any] | None, draw: float) -> str:
    """The version that an invocation of an alias runs.

    Args:
        version: what the alias points to.
        routing: its RoutingConfig.
        draw: from 0 up to 1, at random.
    """
    end = 0.0
    for second, weight in ((routing or {}).get("AdditionalVersionWeights") or {}).items():
        end += float(weight)
        if draw < end:
            return str(second)
    return version
