"""The account that a request expects a bucket to be of.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from collections.abc import Callable, Mapping

from local_cloud.services.s3.refusals import RefusedRequestError

_OWNER, _SOURCE_OWNER = "x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"


def check(headers: Mapping[str, str], bucket: str | None, owner_of: Callable[[str], str | None]) -> None:
    """Refuse a request whose bucket, or the one that it copies from, is somebody else's than it expects.

    Args:
        headers: of the request.
        bucket: that it is about.
        owner_of: a bucket's account, None if there is no such bucket.

    Raises:
        RefusedRequestError: the owner is another one.
    """
    source = headers.get("x-amz-copy-source", "").lstrip("/").partition("/")[0]
    for name, expected in ((bucket, headers.get(_OWNER)), (source, headers.get(_SOURCE_OWNER))):
        owner = owner_of(name) if name and expected else None
        if owner is not None and owner != expected:
            raise RefusedRequestError("AccessDenied", "Access Denied")
