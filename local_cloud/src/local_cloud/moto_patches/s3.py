"""Faults of moto's S3."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    log_permissions()
    digests()


@patching.owner
def log_permissions() -> None:
    """Access logs are refused until the target's policy allows their delivery; AWS looks at it when it delivers.

    CDK's policy of the target names the source bucket, so it can only be made after the source and its logging.
    """
    from moto.s3.models import FakeBucket

    def permitted(**_: Any) -> bool:
        return True

    patching.replace(FakeBucket, "_log_permissions_enabled_policy", staticmethod(permitted))


@patching.owner
def digests() -> None:
    """An object's first ETag is computed without its lock, so that a read meanwhile gets a part of the body."""
    from moto.s3.models import FakeKey

    compute = FakeKey.etag.fget

    def etag(self: Any) -> Any:
        with self.lock:
            return compute(self)

    patching.replace(FakeKey, "etag", property(etag))
