"""Splits S3 URIs, whose keys are no URLs: ``?``, ``#`` and ``%`` are characters of a key like any other.

SageMaker takes URLs too (``(https|s3)://...`` in its API's model), in both styles of S3:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html. That their keys are percent-encoded there, as
in any URL, is not verified.
"""

import re
from urllib.parse import unquote

from local_cloud.kernel.errors import LocalCloudError

PATTERN = "(https|s3)://([^/]+)/?(.*)"
# With the bucket in the host's name, or without; the region may be left out.
_HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.)?"
    r"s3(?:[.-](?:dualstack\.|fips\.)?[a-z]{2}(?:-[a-z]+)+-[0-9])?\.amazonaws\.com(?:\.cn)?"
)


class S3UriError(LocalCloudError):
    """A text is no URI of S3."""


def split(uri: str) -> tuple[str, str]:
    """Bucket and key.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html

    Raises:
        S3UriError: it has neither of the forms of S3.
    """
    found = re.fullmatch(PATTERN, uri, re.DOTALL)
    if not found:
        raise S3UriError(f"{uri!r} is no S3 URI: write s3://bucket/key")
    scheme, place, key = found.groups()
    if scheme == "s3":
        return place, key
    host = _HOST.fullmatch(place)
    if host and host["bucket"]:
        return host["bucket"], unquote(key)
    bucket, _, key = key.partition("/")
    if not host or not bucket:
        raise S3UriError(
            f"{uri!r} is no URL of S3: write s3://bucket/key, or https://s3.<region>.amazonaws.com/bucket/key"
        )
    return bucket, unquote(key)
