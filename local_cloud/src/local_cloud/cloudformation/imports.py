"""What a change set may import: resources that exist, and that no stack has. Pure.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html; the wording is ours.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local_cloud.cloudformation import registry
from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.model import Change, Stack
from local_cloud.kernel.errors import NotEmulatedError

_MEMBER = re.compile(r"ResourcesToImport\.member\.(\d+)\.(LogicalResourceId|ResourceType)")
_ENTRY = re.compile(r"ResourcesToImport\.member\.(\d+)\.ResourceIdentifier\.entry\.(\d+)\.key")


def requested(parameters: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """ResourcesToImport of a request's own parameters; moto's reader takes a map for a structure, and 10 for 2."""
    found: dict[int, dict[str, Any]] = {}
    for name, (value, *_) in parameters.items():
        if member := _MEMBER.fullmatch(name):
            found.setdefault(int(member[1]), {"ResourceIdentifier": {}})[member[2]] = value
        elif entry := _ENTRY.fullmatch(name):
            item = found.setdefault(int(entry[1]), {"ResourceIdentifier": {}})
            item["ResourceIdentifier"][value] = parameters[f"{name.removesuffix('key')}value"][0]
    return [found[number] for number in sorted(found)]


def check(
    asked: Iterable[Mapping[str, Any]],
    *,
    changes: Iterable[Change],
    wanted: Mapping[str, Mapping[str, Any]],
    others: Iterable[Stack],
) -> dict[str, str]:
    """Physical ids by logical id.

    Args:
        asked: ResourcesToImport of the request.
        changes: what the template changes.
        wanted: its resources.
        others: all stacks of the account and region.

    Raises:
        ValidationError: AWS refuses it.
        NotEmulatedError: the local cloud cannot import the type.
    """
    found = {item["LogicalResourceId"]: _physical_id(item, wanted) for item in asked}
    if not found:
        raise ValidationError("A change set of type IMPORT needs ResourcesToImport")
    if surplus := sorted(change.logical_id for change in changes if change.logical_id not in found):
        raise ValidationError(
            f"Resources [{', '.join(surplus)}] are missing from ResourcesToImport: an import adds, changes and removes "
            "nothing else"
        )
    owned = {
        (resource.type, resource.physical_id): stack.name
        for stack in others
        if stack.status != "DELETE_COMPLETE"
        for resource in stack.all_resources()
    }
    for logical_id, physical_id in found.items():
        if owner := owned.get((wanted[logical_id]["Type"], physical_id)):
            raise ValidationError(f"{physical_id} already exists in stack {owner}")
    return found


def _physical_id(item: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> str:
    logical_id, kind = item["LogicalResourceId"], item["ResourceType"]
    resource = wanted.get(logical_id)
    if resource is None or resource["Type"] != kind:
        raise ValidationError(f"The template has no resource {logical_id} of type {kind}")
    if "DeletionPolicy" not in resource:
        raise ValidationError(f"Resource {logical_id} must have a DeletionPolicy to be imported")
    resource_type = registry.find(kind)
    if resource_type.adopt is None:
        raise NotEmulatedError(f"the local cloud does not emulate the import of {kind}")
    identifier = item["ResourceIdentifier"]
    if set(identifier) != {resource_type.identifier}:
        raise ValidationError(
            f"{kind} is identified by {resource_type.identifier}, got {', '.join(sorted(identifier)) or 'nothing'}"
        )
    return str(identifier[resource_type.identifier])
