"""Systems Manager's parameters: moto's, corrected."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import ssm as patches

    patches.install()


SERVICE = Service(name="ssm", backends=("ssm",), keeps=("ssm",), patch=_patch)
