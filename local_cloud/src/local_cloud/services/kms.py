"""KMS: moto's, corrected."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import kms as patches

    patches.install()


SERVICE = Service(name="kms", backends=("kms",), keeps=("kms",), patch=_patch)
