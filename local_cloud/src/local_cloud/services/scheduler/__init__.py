"""EventBridge Scheduler: schedules fire on the virtual clock, under their own role."""

from typing import Any

from local_cloud.kernel import patching, runtime
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import scheduler as patches

    patches.install()
    _looked_at_when_made()


@patching.owner
def _looked_at_when_made() -> None:
    """Schedules are kept whatever their expression, time zone and target are, and nothing ever fires."""
    from moto.core.exceptions import JsonRESTError
    from moto.scheduler.responses import EventBridgeSchedulerResponse

    from local_cloud.services.scheduler import firing, requests

    create, update = EventBridgeSchedulerResponse.create_schedule, EventBridgeSchedulerResponse.update_schedule

    def check(self: Any) -> None:
        timezone, target = self._get_param("ScheduleExpressionTimezone"), self._get_param("Target")
        try:
            requests.check(self._get_param("ScheduleExpression"), timezone or "UTC", target["Arn"])
        except requests.InvalidScheduleError as error:
            raise JsonRESTError("ValidationException", str(error)) from error

    def create_schedule(self: Any) -> str:
        check(self)
        answer = create(self)
        name = self.uri.partition("?")[0].rpartition("/")[2]
        # A clock that is moved before the next look must not pass over it.
        firing.mark(self.scheduler_backend.get_schedule(self._get_param("GroupName"), name), runtime.current().clock)
        return str(answer)

    def update_schedule(self: Any) -> str:
        check(self)
        return str(update(self))

    patching.replace(EventBridgeSchedulerResponse, "create_schedule", create_schedule)
    patching.replace(
        EventBridgeSchedulerResponse, "update_schedule", update_schedule, after="moto_patches.scheduler.updates"
    )


def _start(runtime: Runtime) -> None:
    from local_cloud.services.scheduler import firing

    firing.start(runtime)


def _advance_to_next_firing(wanted: dict[str, Any]) -> dict[str, Any]:
    from local_cloud.services.scheduler import firing

    due = firing.advance_to_next(
        runtime.current().clock,
        account_id=wanted["account_id"],
        region=wanted["region"],
        group=wanted["group"],
        name=wanted["name"],
    )
    return {"fires_at": due.isoformat()}


SERVICE = Service(
    name="scheduler",
    backends=("scheduler",),
    keeps=("scheduler",),
    patch=_patch,
    start=_start,
    orders={"advance_to_next_firing_of": _advance_to_next_firing},
)
