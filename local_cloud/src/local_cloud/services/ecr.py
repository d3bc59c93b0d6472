"""ECR: moto's, corrected."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import ecr as patches

    patches.install()


SERVICE = Service(name="ecr", backends=("ecr",), keeps=("ecr",), patch=_patch)
