"""EventBridge Scheduler: schedules fire on the virtual clock, under their own role."""

from local_cloud.kernel.runtime import Runtime


def install(runtime: Runtime) -> None:
    """Start watching the schedules."""
    from local_cloud.moto_patches import scheduler as patches
    from local_cloud.services.scheduler import firing

    patches.install()
    firing.start(runtime)
