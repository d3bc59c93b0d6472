"""CloudFormation templates as the local cloud reads them, without a stack."""

from collections.abc import Mapping
from typing import Any

from local_cloud.cloudformation import registry, template
from local_cloud.cloudformation import resources as handlers
from local_cloud.cloudformation.engine import pseudo_parameters
from local_cloud.cloudformation.intrinsics import Scope

# Importing the package of handlers is what fills the registry.
_ = handlers


def parse(text: str) -> dict[str, Any]:
    """A template in JSON or YAML, its short functions written out."""
    return template.parse(text)


def properties(
    text: str,
    *,
    account_id: str,
    region: str,
    parameters: Mapping[str, str],
    physical_ids: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Properties of the resources that a stack would have, by logical id.

    Args:
        text: of the template.
        account_id: of the stack.
        region: of the stack.
        parameters: in place of the template's defaults.
        physical_ids: what a reference to a resource gives.
    """
    parsed = parse(text)
    declared = parsed.get("Parameters", {})
    defaults = {name: str(item["Default"]) for name, item in declared.items() if "Default" in item}
    scope = Scope(
        template=parsed,
        parameters={**defaults, **parameters},
        pseudo=pseudo_parameters("stack", "", account_id, region),
        physical_ids=dict(physical_ids or {}),
        attributes={},
        exports={},
    )
    return {
        name: scope.resolve(resource["Properties"])
        for name, resource in parsed["Resources"].items()
        if "Condition" not in resource or scope.condition(resource["Condition"])
    }


def check(resource_type: str, given: Mapping[str, Any]) -> None:
    """Look whether a resource can be made.

    Raises:
        NotEmulatedError: its type or a property is not covered.
    """
    registry.find(resource_type).check(dict(given))
