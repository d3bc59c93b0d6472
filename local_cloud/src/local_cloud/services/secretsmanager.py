"""Secrets Manager: moto's, corrected."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import secretsmanager as patches

    patches.install()


SERVICE = Service(name="secretsmanager", backends=("secretsmanager",), keeps=("secretsmanager",), patch=_patch)
