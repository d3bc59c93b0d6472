"""bootstrap/execution-policy.yaml as CloudFormation resolves it, and what the resource types' own schemas ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from local_cloud.testing import policies, templates
from perennial.account.bootstrap import TEMPLATE

ACCOUNT = "111111111111"
REGION = "us-east-1"
# CloudFormation never lists when it works on a stack; the handler is for Cloud Control.
_HANDLERS = ("create", "read", "update", "delete")


def documents(**parameters: str) -> dict[str, dict[str, Any]]:
    """The policies by logical id, with given parameters in place of the defaults."""
    found = templates.properties(
        TEMPLATE.read_text(encoding="utf-8"), account_id=ACCOUNT, region=REGION, parameters=parameters
    )
    return {name: resource["PolicyDocument"] for name, resource in found.items()}


def statements(**parameters: str) -> list[dict[str, Any]]:
    """All statements of all policies."""
    return [statement for document in documents(**parameters).values() for statement in document["Statement"]]


def granted(**parameters: str) -> set[str]:
    """All actions, as they are written."""
    return {action for statement in statements(**parameters) for action in policies.items(statement["Action"])}


def allows(
    action: str, resource: str, context: Mapping[str, str] | None = None, *, among: Iterable[Mapping[str, Any]]
) -> bool:
    """Whether statements allow an action; condition keys in lower case."""
    return policies.allows({"Statement": [dict(statement) for statement in among]}, action, resource, context)


def needed(resource_type: str) -> set[str]:
    """Actions that CloudFormation may call for a type, as the type's public schema declares them."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource_type).schema
    handlers = schema.get("handlers", {})
    return {action for name in _HANDLERS for action in handlers.get(name, {}).get("permissions", [])} | set(
        schema.get("tagging", {}).get("permissions", [])
    )
