"""S3."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from shared.errors import FunctionError

_CHUNK = 1 << 20
_DELETE_BATCH = 1000


# What S3 answers of an object whose key is disabled or waits for its deletion, with status 400.
_KEY_ERRORS = {"KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException"}
# Denied, not there, and no first byte to read.
_REFUSALS = {403, 404, 416}


class NotDeletedError(FunctionError):
    """S3 kept some of the objects that were to be deleted."""


class NotReadableError(FunctionError):
    """S3 does not give an object out; the message is what it said."""


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI, which is no URL: ``?``, ``#`` and ``%`` are characters of a key like any other."""
    bucket_name, _, key = uri.removeprefix("s3://").partition("/")
    return bucket_name, key


def copy(client: Any, source: str, *, bucket_name: str, key: str) -> None:
    """Copy one object of any size within S3."""
    source_bucket, source_key = split(source)
    client.copy({"Bucket": source_bucket, "Key": source_key}, bucket_name, key)


def digest(client: Any, uri: str) -> str:
    """SHA-256 of an object, in hex."""
    found = hashlib.sha256()
    for chunk in _chunks(client, uri):
        found.update(chunk)
    return found.hexdigest()


def download(client: Any, uri: str, path: Path) -> str:
    """Download an object; returns its SHA-256 in hex."""
    found = hashlib.sha256()
    with path.open("wb") as file:
        for chunk in _chunks(client, uri):
            found.update(chunk)
            file.write(chunk)
    return found.hexdigest()


def upload(client: Any, path: Path, *, bucket_name: str, key: str) -> None:
    """Upload a file."""
    client.upload_file(str(path), bucket_name, key)


def read_json(client: Any, uri: str) -> dict[str, Any]:
    """Read a JSON object."""
    bucket_name, key = split(uri)
    body = client.get_object(Bucket=bucket_name, Key=key)["Body"].read()
    return dict(json.loads(body))


def read_json_if_there(client: Any, uri: str) -> dict[str, Any] | None:
    """Read a JSON object; None when there is none.

    S3 denies a missing key to whoever may not list the whole bucket, so a denial counts as missing too.
    """
    try:
        return read_json(client, uri)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "AccessDenied"}:
            return None
        raise


def listing(client: Any, uri: str) -> Iterator[tuple[str, str, int]]:
    """Key, ETag and size in bytes of every object below a prefix, in the order of the keys' UTF-8.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    bucket_name, prefix = split(uri)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket_name, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield item["Key"], item["ETag"], item["Size"]


def exists(client: Any, uri: str) -> bool:
    """Whether there is an object of that key.

    By a listing, since S3 denies a missing key to whoever may not list the whole bucket.
    """
    bucket_name, key = split(uri)
    # A key comes before all others that begin with it.
    found = client.list_objects_v2(Bucket=bucket_name, Prefix=key, MaxKeys=1)
    return any(item["Key"] == key for item in found.get("Contents", []))


def check_readable(client: Any, uri: str) -> None:
    """Read one byte of an object: unlike its header, that takes the key that it is encrypted with.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html

    Raises:
        NotReadableError: there is no such object, the caller may not read it, or its key cannot be used.
    """
    bucket_name, key = split(uri)
    try:
        if not exists(client, uri):
            raise NotReadableError("there is no such object")
        client.get_object(Bucket=bucket_name, Key=key, Range="bytes=0-0")["Body"].read()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status in _REFUSALS or error.response["Error"]["Code"] in _KEY_ERRORS:
            raise NotReadableError(str(error)) from error
        raise


def write_json(client: Any, content: dict[str, Any] | list[Any], *, bucket_name: str, key: str) -> None:
    """Write a JSON object or list."""
    client.put_object(
        Bucket=bucket_name, Key=key, Body=json.dumps(content, indent=2).encode(), ContentType="application/json"
    )


def write_text(client: Any, content: str, *, bucket_name: str, key: str) -> None:
    """Write a text."""
    client.put_object(Bucket=bucket_name, Key=key, Body=content.encode(), ContentType="text/plain")


def folders(client: Any, bucket_name: str, prefix: str) -> list[str]:
    """Prefixes one level below a prefix that ends with a slash."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket_name, Prefix=prefix, Delimiter="/")
    return [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]


def delete_prefix(client: Any, *, bucket_name: str, prefix: str) -> None:
    """Delete all objects below a prefix that ends with a slash."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket_name, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    for batch in _batches(keys):
        response = client.delete_objects(
            Bucket=bucket_name, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
        )
        if errors := response.get("Errors"):
            raise NotDeletedError(
                f"{len(errors)} objects below s3://{bucket_name}/{prefix} were not deleted, first: "
                f"{errors[0]['Key']}: {errors[0]['Message']}"
            )


def _batches(keys: list[str]) -> Iterable[list[str]]:
    return (keys[start : start + _DELETE_BATCH] for start in range(0, len(keys), _DELETE_BATCH))


def _chunks(client: Any, uri: str) -> Iterable[bytes]:
    bucket_name, key = split(uri)
    chunks: Iterable[bytes] = client.get_object(Bucket=bucket_name, Key=key)["Body"].iter_chunks(_CHUNK)
    return chunks
