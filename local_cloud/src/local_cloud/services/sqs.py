"""SQS: moto's, corrected."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import sqs as patches

    patches.install()


SERVICE = Service(name="sqs", backends=("sqs",), keeps=("sqs",), patch=_patch)
