"""A job's private folder, and what comes into it from S3 and goes back."""

import contextlib
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import s3_uri


class UnsafeInputError(LocalCloudError):
    """An object's key leads out of the folder that it is copied to."""


class InputError(LocalCloudError):
    """An object cannot be read; the message is S3's and says which."""


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


@dataclass(frozen=True, kw_only=True)
class Item:
    """An object of S3.

    Args:
        bucket: holds it.
        key: its key.
        below: its path below the folder that it is copied to.
    """

    bucket: str
    key: str
    below: str


def below(client: Any, uri: str) -> list[Item]:
    """An object, or all below a prefix, in the order of their keys.

    Raises:
        botocore.exceptions.ClientError: the role may not list them.
    """
    bucket, prefix = s3_uri.split(uri)
    return [
        Item(bucket=bucket, key=entry["Key"], below=_below(entry["Key"], prefix))
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for entry in page.get("Contents", [])
        if not entry["Key"].endswith("/")
    ]


def download(client: Any, uri: str, target: Path) -> None:
    """Copy an object, or all below a prefix, into a new folder.

    Raises:
        MissingInputError: there is nothing.
        UnsafeInputError: a key leads elsewhere.
        InputError: the role may not read one.
        botocore.exceptions.ClientError: it may not list them.
    """
    copy(client, some_below(client, uri), target)


def some_below(client: Any, uri: str) -> list[Item]:
    """As `below`, where there must be something.

    Raises:
        MissingInputError: there is nothing.
        botocore.exceptions.ClientError: the role may not list it.
    """
    found = below(client, uri)
    if not found:
        bucket, _ = s3_uri.split(uri)
        raise MissingInputError(
            f"Data download failed: No S3 objects found under S3 URL {uri} given in input data source."
            " Please ensure that the bucket exists in the selected region, that objects exist under that S3 prefix,"
            f" and that the role has s3:ListBucket permissions on bucket {bucket}."
        )
    return found


def copy(client: Any, items: Iterable[Item], target: Path) -> None:
    """Copy objects into a folder.

    Raises:
        UnsafeInputError: a key leads elsewhere.
        InputError: the role may not read one, or a manifest names one that is not there.
    """
    target.mkdir(parents=True, exist_ok=True)
    for item in items:
        fetch(client, item.bucket, item.key, _place(target, item))


def fetch(client: Any, bucket: str, key: str, path: Path) -> None:
    """Copy an object into a file.

    Raises:
        InputError: it is not there, or the role may not read it.
    """
    try:
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        raise InputError(f"Data download failed: s3://{bucket}/{key}: {error}") from error
    with path.open("wb") as file:
        for chunk in body.iter_chunks(1 << 20):
            file.write(chunk)


def _below(key: str, prefix: str) -> str:
    """The path of an object that was found by a prefix."""
    rest = key.removeprefix(prefix)
    if not prefix.endswith("/"):
        # A prefix is a folder, or the begin of names, which files keep:
        # https://github.com/aws/sagemaker-python-sdk/issues/3612
        rest = rest.removeprefix("/") if rest.startswith("/") else key[prefix.rfind("/") + 1 :]
    return rest or key.rpartition("/")[2]


def _place(target: Path, item: Item) -> Path:
    """Where an object comes to lie; its folder is made."""
    uri, parts = f"s3://{item.bucket}/{item.key}", item.below.split("/")
    # Such parts would lead elsewhere, or to the place of another object.
    if {".", "..", ""} & set(parts) or "\0" in item.below:
        raise UnsafeInputError(f"Data download failed: the key of {uri} cannot be a file here; rename the object")
    path = target.joinpath(*parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnsafeInputError(
            f"Data download failed: {uri} lies below a key that is an object itself; rename one"
        ) from error
    if path.is_dir():
        raise UnsafeInputError(f"Data download failed: below {uri} lie other objects; rename it")
    return path


def upload(client: Any, path: Path, uri: str, *, kms_key_id: str | None) -> None:
    """Copy a file to an object, encrypted with a key if one is named.

    Raises:
        boto3.exceptions.S3UploadFailedError: the role may not write it.
    """
    bucket, key = s3_uri.split(uri)
    extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
    client.upload_file(str(path), bucket, key, ExtraArgs=extra)


def upload_folder(client: Any, folder: Path, uri: str, *, kms_key_id: str | None) -> None:
    """Copy all files of a folder below a prefix.

    Raises:
        boto3.exceptions.S3UploadFailedError: the role may not write one.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            upload(client, path, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}", kms_key_id=kms_key_id)
