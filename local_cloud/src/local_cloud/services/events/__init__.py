"""EventBridge: rules match events and deliver them, within an account and across accounts."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import events as patches
    from local_cloud.services.events import api

    patches.install()
    api.install()


SERVICE = Service(name="events", backends=("events",), keeps=("events",), patch=_patch)
