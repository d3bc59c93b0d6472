"""What becomes of stacks that an operation was under way on when the server stopped.

On AWS the operation would go on. Here it ended with the server, in the middle, so that a stack that was being made or
changed is rolled back, as if a resource had failed: no stack stays half old and half new. A removal or an import has
failed and can be asked for again. A new resource whose call was under way may stay behind, since nobody knows its name.
"""

from local_cloud.cloudformation import clients, exports, store
from local_cloud.cloudformation.engine import Operation
from local_cloud.cloudformation.model import Region, Stack
from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError

_REASON = "the local cloud stopped while the operation ran"
_UNDER_WAY = "_IN_PROGRESS"
_FAIL = ("DELETE", "IMPORT")


def end_all() -> None:
    """Look at all stacks, once, when the server starts."""
    # Those within others are younger than what they are in, which looks whether they are as they were.
    found = [
        operation
        for region in store.regions()
        for stack in reversed(store.stacks_of(region))
        if stack.status.endswith(_UNDER_WAY) and not stack.status.startswith("REVIEW")
        if (operation := _end(region, stack)) is not None
    ]

    def go_back() -> None:
        for operation in found:
            operation.start(lambda operation=operation: operation.go_back(_REASON)).wait()  # type: ignore[misc]  # the default binds the loop's value

    if found:
        runtime.current().background.start("stacks that the server left", lambda _: go_back())


def _end(region: Region, stack: Stack) -> Operation | None:
    """What is to be rolled back; None where the operation has failed."""
    if stack.status.startswith(_FAIL) or not stack.rolls_back:
        stack.record(status=f"{stack.status.partition('_')[0]}_FAILED", reason=_REASON)
        return None
    around = region.stacks.get(stack.root_id or "", stack)
    try:
        client = clients.factory(stack.role_arn, around.caller, region=stack.region, stack_id=stack.id)
    except LocalCloudError as error:
        prefix = "UPDATE_" if stack.template else ""
        stack.record(status=f"{prefix}ROLLBACK_FAILED", reason=f"{_REASON}; {error}")
        return None
    return Operation(stack, client=client, exports=store.exports_of(region), importers=exports.importers(region, stack))
