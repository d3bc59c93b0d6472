"""S3: moto's, corrected, and with the decisions of services/iam instead of moto's own."""

from local_cloud.kernel import patching
from local_cloud.kernel.services import Service


@patching.owner
def _permissions() -> None:
    """Bucket policies are read by moto too, which knows few of their elements; only services/iam decides here."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    patching.replace(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)


def _patch() -> None:
    from local_cloud.moto_patches import s3 as patches

    patches.install()
    _permissions()


SERVICE = Service(name="s3", backends=("s3",), keeps=("s3",), patch=_patch)
