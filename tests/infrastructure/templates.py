"""Looks into templates."""

import json
from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]
Statement = dict[str, Any]


def of_type(template: Template, kind: str) -> list[dict[str, Any]]:
    """Resources of one type."""
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


def statements(template: Template) -> Iterator[tuple[str, Statement]]:
    """Every statement of every identity policy, with the logical id of the policy."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Policy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                yield logical_id, statement


def actions(statement: Statement) -> list[str]:
    """A statement's actions as a list."""
    return _list(statement["Action"])


def resources(statement: Statement) -> list[str]:
    """A statement's resources as text, references shown as ``${LogicalId.Attribute}``."""
    return [text(item) for item in _list(statement["Resource"])]


def policy_of(template: Template, construct: str) -> list[Statement]:
    """Statements of the policy whose logical id starts with a construct's path."""
    return [statement for logical_id, statement in statements(template) if logical_id.startswith(construct)]


def granted(template: Template, construct: str, prefix: str = "") -> dict[str, set[str]]:
    """Resources by action that the policy of a construct grants, of the actions with a prefix."""
    found: dict[str, set[str]] = {}
    for statement in policy_of(template, construct):
        for action in actions(statement):
            if action.startswith(prefix):
                found.setdefault(action, set()).update(resources(statement))
    return found


def definition(template: Template, construct: str) -> dict[str, Any]:
    """A state machine, references shown as ``${LogicalId}``."""
    (machine,) = [
        resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::StepFunctions::StateMachine" and logical_id.startswith(construct)
    ]
    return dict(json.loads(text(machine["Properties"]["DefinitionString"])))


def text(value: Any) -> str:
    """A value with its intrinsic functions written out."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(text(part) for part in argument[1])
    return f"${{{argument if isinstance(argument, str) else '.'.join(argument)}}}"


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
