"""Plans: parameters, dependency order, and what a template changes. Pure."""

import json
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.intrinsics import Scope, references
from local_cloud.cloudformation.model import Change, Stack
from local_cloud.cloudformation.template import Template

_SSM_PREFIX = "AWS::SSM::Parameter::Value<"


def parameters(
    template: Template, given: list[dict[str, Any]], previous: Mapping[str, str], *, read_ssm: Callable[[str], str]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Values of a template's parameters as given, and as references see them.

    Raises:
        ValidationError: one has no value, is unknown, or is not allowed.
    """
    declared = template.get("Parameters", {})
    by_name = {item["ParameterKey"]: item for item in given}
    unknown = set(by_name) - set(declared)
    if unknown:
        raise ValidationError(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    raw: dict[str, str] = {}
    resolved: dict[str, Any] = {}
    for name, declaration in declared.items():
        item = by_name.get(name, {})
        if str(item.get("UsePreviousValue", "")).lower() == "true" and name in previous:
            raw[name] = previous[name]
        elif "ParameterValue" in item:
            raw[name] = str(item["ParameterValue"])
        elif "Default" in declaration:
            raw[name] = str(declaration["Default"])
        else:
            raise ValidationError(f"Parameters: [{name}] must have values")
        allowed = [str(value) for value in declaration.get("AllowedValues", [])]
        if allowed and raw[name] not in allowed:
            raise ValidationError(f"Parameter '{name}' must be one of AllowedValues")
        kind = declaration.get("Type", "String")
        value: Any = raw[name]
        if kind.startswith(_SSM_PREFIX):
            value = read_ssm(value)
            kind = kind.removeprefix(_SSM_PREFIX).rstrip(">")
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            value = [part.strip() for part in value.split(",")] if value else []
        resolved[name] = value
    return raw, resolved


def wanted(scope: Scope) -> dict[str, dict[str, Any]]:
    """The template's resources whose condition holds."""
    return {
        logical_id: resource
        for logical_id, resource in scope.template["Resources"].items()
        if "Condition" not in resource or scope.condition(resource["Condition"])
    }


def dependencies(resource: Mapping[str, Any], known: set[str]) -> frozenset[str]:
    """Resources that must exist before one can be made."""
    explicit = resource.get("DependsOn", [])
    explicit = [explicit] if isinstance(explicit, str) else explicit
    return frozenset((references(resource.get("Properties", {})) | set(explicit)) & known)


def order(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """Dependencies first.

    Raises:
        ValidationError: they form a circle.
    """
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ValidationError(f"Circular dependency between resources: [{', '.join(error.args[1])}]") from error


WithTags = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


def changes(
    stack: Stack | None, scope: Scope, *, replaces: Callable[[str, set[str]], bool], with_tags: WithTags
) -> list[Change]:
    """What a template changes, as far as it can be told before anything is made.

    Args:
        stack: as deployed, None or without resources for a new one.
        scope: resolves the new template; references to resources resolve as they are now.
        replaces: whether a change of these properties of this type replaces the resource.
        with_tags: adds the tags of the stack to the properties of a resource of a type.
    """
    current = stack.resources if stack else {}
    new = wanted(scope)
    result: list[Change] = []
    for logical_id, resource in new.items():
        old = current.get(logical_id)
        if old is None:
            result.append(_change("Add", logical_id, None, resource["Type"]))
            continue
        old_source = (stack.template.get("Resources", {}).get(logical_id) or {}) if stack else {}
        changed = _changed_properties(old_source, resource, old.properties, scope)
        if _are_tags_changed(old_source, resource, old.properties, scope, with_tags):
            changed.add("Tags")
        if old.type != resource["Type"]:
            result.append(_change("Modify", logical_id, old.physical_id, resource["Type"], replacement="True"))
        elif changed:
            replacement = "True" if replaces(old.type, changed) else "False"
            result.append(
                _change("Modify", logical_id, old.physical_id, old.type, replacement=replacement, properties=changed)
            )
    result.extend(
        _change("Remove", logical_id, old.physical_id, old.type)
        for logical_id, old in current.items()
        if logical_id not in new
    )
    return result


def _changed_properties(
    old_source: Mapping[str, Any], new_source: Mapping[str, Any], old_resolved: Mapping[str, Any], scope: Scope
) -> set[str]:
    before, after = old_source.get("Properties", {}), new_source.get("Properties", {})
    changed = set()
    for name in (set(before) | set(after)) - {"Tags"}:
        if name in before and name in after and _same(before[name], after[name]):
            # Text that did not change can still resolve to something new, through a parameter or a replaced resource.
            try:
                resolved = scope.resolve(after[name])
            except ValidationError:
                continue
            if name in old_resolved and not _same(resolved, old_resolved[name]):
                changed.add(name)
        else:
            changed.add(name)
    return changed


def _are_tags_changed(
    old_source: Mapping[str, Any],
    new_source: Mapping[str, Any],
    old_resolved: Mapping[str, Any],
    scope: Scope,
    with_tags: WithTags,
) -> bool:
    """Whether its own ones change, or those of the stack that it has too."""
    source = new_source.get("Properties", {})
    try:
        own = scope.resolve({name: source[name] for name in ("Tags",) if name in source})
    except ValidationError:
        # Of something that is not made yet.
        return not _same(old_source.get("Properties", {}).get("Tags"), source.get("Tags"))
    return not _same(with_tags(new_source["Type"], own).get("Tags"), old_resolved.get("Tags"))


def _same(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True, default=str) == json.dumps(right, sort_keys=True, default=str)


def _change(
    action: str,
    logical_id: str,
    physical_id: str | None,
    resource_type: str,
    *,
    replacement: str | None = None,
    properties: set[str] | None = None,
) -> Change:
    return Change(
        action=action,
        logical_id=logical_id,
        physical_id=physical_id,
        type=resource_type,
        replacement=replacement,
        properties=tuple(sorted(properties or ())),
    )
