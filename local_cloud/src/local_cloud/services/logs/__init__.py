"""CloudWatch Logs: moto's, corrected, with the whole syntax of filter patterns."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import logs as patches

    patches.install()


SERVICE = Service(name="logs", backends=("logs",), keeps=("logs",), patch=_patch)
