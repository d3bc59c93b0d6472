"""All stacks and change sets, by account and region."""

from local_cloud.cloudformation.errors import ChangeSetNotFoundError, ValidationError
from local_cloud.cloudformation.model import ChangeSet, Region, Stack

_regions: dict[tuple[str, str], Region] = {}


def region_of(account_id: str, region: str) -> Region:
    """State of one account and region."""
    return _regions.setdefault((account_id, region), Region())


def stacks_of(region: Region) -> list[Stack]:
    """Those that there are now; requests and nested stacks make others meanwhile."""
    return list(region.stacks.values())


def dump() -> dict[tuple[str, str], Region]:
    """Everything, for a snapshot."""
    return dict(_regions)


def load(content: dict[tuple[str, str], Region]) -> None:
    """Everything, from a snapshot."""
    _regions.clear()
    _regions.update(content)


def regions() -> list[Region]:
    """Those that have anything."""
    return list(_regions.values())


def find_stack(region: Region, name_or_id: str) -> Stack:
    """A stack by name, or by id (then also a deleted one).

    Raises:
        ValidationError: there is none.
    """
    if name_or_id in region.stacks:
        return region.stacks[name_or_id]
    alive = [stack for stack in stacks_of(region) if stack.name == name_or_id and stack.status != "DELETE_COMPLETE"]
    if not alive:
        raise ValidationError(f"Stack with id {name_or_id} does not exist")
    return alive[-1]


def find_stack_of(region: Region, physical_id: str) -> Stack:
    """The stack that has a resource.

    Raises:
        ValidationError: none has it.
    """
    for stack in stacks_of(region):
        if stack.status != "DELETE_COMPLETE" and any(
            resource.physical_id == physical_id for resource in stack.all_resources()
        ):
            return stack
    raise ValidationError(f"Stack for {physical_id} does not exist")


def find_change_set(region: Region, name_or_id: str, stack_name: str | None) -> ChangeSet:
    """A change set by id, or by name and stack.

    Raises:
        ChangeSetNotFoundError: there is none.
    """
    for change_set in list(region.change_sets.values()):
        if change_set.id == name_or_id:
            return change_set
        if change_set.name == name_or_id and stack_name in {change_set.stack_name, change_set.stack_id}:
            return change_set
    raise ChangeSetNotFoundError(f"ChangeSet [{name_or_id}] does not exist")


def exports_of(region: Region) -> dict[str, str]:
    """Exported outputs by name."""
    return {
        output["ExportName"]: output["OutputValue"]
        for stack in stacks_of(region)
        if stack.status != "DELETE_COMPLETE"
        for output in stack.outputs.values()
        if "ExportName" in output
    }
