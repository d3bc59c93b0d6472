"""DynamoDB: moto's, corrected."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import dynamodb as patches
    from local_cloud.moto_patches import dynamodb_indexes, dynamodb_keys, dynamodb_time

    patches.install()
    dynamodb_time.install()
    dynamodb_indexes.install()
    dynamodb_keys.install()


SERVICE = Service(name="dynamodb", backends=("dynamodb",), keeps=("dynamodb",), patch=_patch)
