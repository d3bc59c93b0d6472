"""Looks into templates."""

import json
from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]


def of_type(template: Template, kind: str) -> list[dict[str, Any]]:
    """Resources of one type."""
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every identity policy, with the logical id of the policy."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Policy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                yield logical_id, statement


def actions(statement: dict[str, Any]) -> list[str]:
    """A statement's actions as a list."""
    value = statement["Action"]
    return [value] if isinstance(value, str) else list(value)


def policy_of(template: Template, construct: str) -> list[dict[str, Any]]:
    """Statements of the policy whose logical id starts with a construct's path."""
    return [statement for logical_id, statement in statements(template) if logical_id.startswith(construct)]


def definition(template: Template) -> dict[str, Any]:
    """The state machine, references shown as ``${LogicalId}``."""
    (machine,) = of_type(template, "AWS::StepFunctions::StateMachine")
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"${{{_name(part)}}}" for part in parts)
    return dict(json.loads(text))


def _name(reference: dict[str, Any]) -> str:
    value = next(iter(reference.values()))
    return value if isinstance(value, str) else ".".join(value)
