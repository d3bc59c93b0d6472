"""A job's private folder, and what comes into it from S3 and goes back."""

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from local_cloud import runtime
from local_cloud.errors import LocalCloudError


class UnsafeInputError(LocalCloudError):
    """An object's key leads out of the folder that it is copied to."""


class MissingInputError(LocalCloudError):
    """An input's S3 prefix holds nothing; the message is AWS's own."""


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A new folder for one job, removed at its end."""
    folder = runtime.current().settings.scratch_dir / f"{kind}-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def download(client: Any, uri: str, target: Path) -> None:
    """Copy an object, or all below a prefix, into a new folder.

    Raises:
        MissingInputError: there is nothing.
        UnsafeInputError: a key leads elsewhere.
        botocore.exceptions.ClientError: the role may not read it.
    """
    parsed = urlparse(uri)
    prefix = parsed.path.lstrip("/")
    target.mkdir(parents=True, exist_ok=True)
    found = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=parsed.netloc, Prefix=prefix):
        for entry in page.get("Contents", []):
            relative = entry["Key"].removeprefix(prefix).lstrip("/") or Path(entry["Key"]).name
            if entry["Key"].endswith("/"):
                continue
            found += 1
            path = target / relative
            if ".." in path.parts:
                raise UnsafeInputError(
                    f"Data download failed: the key of s3://{parsed.netloc}/{entry['Key']} holds '..'"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for chunk in client.get_object(Bucket=parsed.netloc, Key=entry["Key"])["Body"].iter_chunks(1 << 20):
                    file.write(chunk)
    if not found:
        raise MissingInputError(
            f"Data download failed: No S3 objects found under S3 URL {uri} given in input data source."
            " Please ensure that the bucket exists in the selected region, that objects exist under that S3 prefix,"
            f" and that the role has s3:ListBucket permissions on bucket {parsed.netloc}."
        )


def upload(client: Any, path: Path, uri: str, *, kms_key_id: str | None) -> None:
    """Copy a file to an object, encrypted with a key if one is named.

    Raises:
        boto3.exceptions.S3UploadFailedError: the role may not write it.
    """
    parsed = urlparse(uri)
    extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
    client.upload_file(str(path), parsed.netloc, parsed.path.lstrip("/"), ExtraArgs=extra)


def upload_folder(client: Any, folder: Path, uri: str, *, kms_key_id: str | None) -> None:
    """Copy all files of a folder below a prefix.

    Raises:
        boto3.exceptions.S3UploadFailedError: the role may not write one.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            upload(client, path, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}", kms_key_id=kms_key_id)
