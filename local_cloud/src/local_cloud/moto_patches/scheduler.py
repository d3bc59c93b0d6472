"""Faults of moto's EventBridge Scheduler."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    existing_groups()


@patching.owner
def existing_groups() -> None:
    """CreateScheduleGroup empties a group that exists; AWS refuses."""
    from moto.core.exceptions import JsonRESTError
    from moto.scheduler.models import EventBridgeSchedulerBackend

    class ScheduleGroupExistsError(JsonRESTError):  # type: ignore[misc]  # moto is skipped by the type check
        # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html; its wording is ours.
        code = 409

        def __init__(self, name: str) -> None:
            super().__init__("ConflictException", f"Schedule group {name} already exists.")

    create = EventBridgeSchedulerBackend.create_schedule_group

    def create_group(self: Any, name: str, tags: list[dict[str, str]]) -> Any:
        if name in self.schedule_groups:
            raise ScheduleGroupExistsError(name)
        return create(self, name=name, tags=tags)

    patching.replace(EventBridgeSchedulerBackend, "create_schedule_group", create_group)
