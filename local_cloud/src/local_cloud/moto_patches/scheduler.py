"""Faults of moto's EventBridge Scheduler."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    existing_groups()
    groups_that_stay()
    names_of_schedules()
    updates()


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


@patching.owner
def groups_that_stay() -> None:
    """DeleteScheduleGroup takes the default group away, which all schedules need, and fails on a missing one."""
    from moto.core.exceptions import JsonRESTError
    from moto.scheduler.models import EventBridgeSchedulerBackend

    class ValidationError(JsonRESTError):  # type: ignore[misc]  # as above
        def __init__(self, message: str) -> None:
            super().__init__("ValidationException", message)

    class MissingGroupError(JsonRESTError):  # type: ignore[misc]  # as above
        # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html; the wording is ours.
        code = 404

        def __init__(self, name: str) -> None:
            super().__init__("ResourceNotFoundException", f"Schedule group {name} does not exist.")

    delete = EventBridgeSchedulerBackend.delete_schedule_group

    def delete_group(self: Any, name: str | None) -> None:
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html: every account has it.
        if name in {None, "default"}:
            raise ValidationError("The schedule group default cannot be deleted; name another one.")
        if name not in self.schedule_groups:
            raise MissingGroupError(str(name))
        delete(self, name)

    patching.replace(EventBridgeSchedulerBackend, "delete_schedule_group", delete_group)


@patching.owner
def names_of_schedules() -> None:
    """CreateSchedule in a group that does not exist ends in an error of Python; a name that is taken has status 400."""
    from moto.scheduler.exceptions import ScheduleExists
    from moto.scheduler.models import EventBridgeSchedulerBackend

    create = EventBridgeSchedulerBackend.create_schedule

    def create_schedule(self: Any, *positional: Any, group_name: str | None = None, **named: Any) -> Any:
        # It raises the error of a missing group.
        self.get_schedule_group(group_name)
        try:
            return create(self, *positional, group_name=group_name, **named)
        except ScheduleExists as error:
            # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
            error.code = 409
            raise

    patching.replace(EventBridgeSchedulerBackend, "create_schedule", create_schedule)


@patching.owner
def updates() -> None:
    """UpdateSchedule drops ActionAfterCompletion, and leaves no State where none is given.

    Reference: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
    """
    from moto.scheduler.responses import EventBridgeSchedulerResponse

    update = EventBridgeSchedulerResponse.update_schedule

    def update_schedule(self: Any) -> str:
        answer = update(self)
        name = self.uri.partition("?")[0].rpartition("/")[2]
        schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), name)
        # What is left out has its default again.
        schedule.action_after_completion = self._get_param("ActionAfterCompletion") or "NONE"
        schedule.state = schedule.state or "ENABLED"
        return str(answer)

    patching.replace(EventBridgeSchedulerResponse, "update_schedule", update_schedule)
