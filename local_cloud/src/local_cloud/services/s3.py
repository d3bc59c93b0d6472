"""S3: moto's, corrected, and with the decisions of services/iam instead of moto's own."""

from typing import Any

from local_cloud.kernel import not_emulated, patching
from local_cloud.kernel.services import Service


@patching.owner
def _permissions() -> None:
    """Bucket policies are read by moto too, which knows few of their elements; only services/iam decides here."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    patching.replace(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)


@patching.owner
def _emulated_only() -> None:
    """Requests to S3 take a way of their own through moto, past the list of what is emulated."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response

    check = S3Response._authenticate_and_authorize_s3_action  # noqa: SLF001  # every request comes past it

    def check_what_is_emulated(self: Any, *args: Any, **kwargs: Any) -> None:
        operation = str(self._get_action_from_method_and_request_uri(self.normalized_request))
        if reason := not_emulated.refused(self, "s3", operation):
            raise S3ClientError(not_emulated.CODE, reason)
        check(self, *args, **kwargs)

    patching.replace(S3Response, "_authenticate_and_authorize_s3_action", check_what_is_emulated)


def _patch() -> None:
    from local_cloud.moto_patches import s3 as patches

    patches.install()
    _permissions()
    _emulated_only()


SERVICE = Service(name="s3", backends=("s3",), keeps=("s3",), patch=_patch)
