"""EventBridge: rules match events and deliver them, within an account and across accounts."""

from local_cloud.kernel.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Replace moto's delivery, which knows neither roles nor resource policies nor retries."""
    from local_cloud.moto_patches import events as patches
    from local_cloud.services.events import api

    patches.install()
    api.install()
