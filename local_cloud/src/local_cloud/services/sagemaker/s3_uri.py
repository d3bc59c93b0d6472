"""Splits S3 URIs, whose keys are no URLs: ``?``, ``#`` and ``%`` are characters of a key like any other."""

_SCHEME = "s3://"


def split(uri: str) -> tuple[str, str]:
    """Bucket and key.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    """
    bucket, _, key = uri.removeprefix(_SCHEME).partition("/")
    return bucket, key
