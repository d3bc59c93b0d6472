"""EventBridge Scheduler: schedules fire on the virtual clock, under their own role."""

from typing import Any

from local_cloud.kernel import runtime
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import scheduler as patches

    patches.install()


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
