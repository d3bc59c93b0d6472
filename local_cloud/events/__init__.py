"""EventBridge: rules match events and deliver them, within an account and across accounts."""

from local_cloud.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Replace moto's delivery, which knows neither roles nor resource policies nor retries."""
    from local_cloud.events import api
    from local_cloud.moto_patches import events as patches

    patches.install()
    api.install()
