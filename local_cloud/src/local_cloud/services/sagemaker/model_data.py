"""Where a container's model lies in S3, and how it gets onto the container's disk.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

from botocore.exceptions import ClientError

from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import archives, s3_uri

# What one model may unpack to; far more than what a multi-model endpoint takes of each of its many.
_MOST_BYTES = 16 * 1024**3


class ModelDataSourceError(LocalCloudError):
    """A container's definition tells in no way that AWS takes where its model lies."""


class NoModelDataError(LocalCloudError):
    """S3 gives no model data.

    Args:
        reason: S3's.
        missing: whether it is not there; otherwise it cannot be read.
    """

    def __init__(self, reason: str, *, missing: bool) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, kw_only=True)
class ModelData:
    """Where the model of a container lies.

    Args:
        uri: of S3.
        kind: an archive, one file as it is, or all that is below a prefix.
    """

    uri: str
    kind: Literal["archive", "file", "prefix"] = "archive"

    @classmethod
    def of(cls, container: Mapping[str, Any]) -> Self | None:
        """That of a container definition; None for a container without.

        Raises:
            ModelDataSourceError: it says two places, or a prefix of archives.
        """
        url, source = container.get("ModelDataUrl"), container.get("ModelDataSource")
        if url and source:
            raise ModelDataSourceError("A container has either ModelDataUrl or ModelDataSource, got both.")
        if url:
            return cls(uri=url)
        if not source:
            return None
        place: Mapping[str, Any] = source.get("S3DataSource") or {}
        kinds: dict[tuple[Any, Any], Literal["archive", "file", "prefix"]] = {
            ("S3Object", "Gzip"): "archive",
            ("S3Object", "None"): "file",
            ("S3Prefix", "None"): "prefix",
        }
        asked = place.get("S3DataType"), place.get("CompressionType")
        if asked not in kinds:
            raise ModelDataSourceError(
                f"ModelDataSource takes an S3Object with Gzip or None, or an S3Prefix with None, got {asked[0]} with"
                f" {asked[1]}."
            )
        if kinds[asked] == "prefix" and not str(place["S3Uri"]).endswith("/"):
            raise ModelDataSourceError(f"S3Uri of an S3Prefix ends with a slash, got {place['S3Uri']}.")
        return cls(uri=str(place["S3Uri"]), kind=kinds[asked])

    def check(self, session: RoleSession) -> None:
        """Look whether it is there and may be read.

        Raises:
            NoModelDataError: it is not, or may not.
            S3UriError: its address is none of S3's.
        """
        bucket, key = s3_uri.split(self.uri)
        client = session.client("s3")
        try:
            if self.kind == "prefix":
                found = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
                if not found:
                    raise NoModelDataError("no object has this prefix", missing=True)
                key = found[0]["Key"]
            client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise _refused(error) from error

    def fetch(self, session: RoleSession, folder: Path) -> None:
        """Put it into a folder that is made.

        Raises:
            NoModelDataError: it is missing or may not be read.
            BadArchiveError: it is no archive that may be unpacked.
            S3UriError: its address is none of S3's.
        """
        bucket, key = s3_uri.split(self.uri)
        client = session.client("s3")
        try:
            if self.kind == "prefix":
                _fetch_all(client, bucket, key, folder)
            elif self.kind == "file":
                folder.mkdir(parents=True)
                download(client, bucket, key, folder / PurePosixPath(key).name)
            else:
                archive = folder.with_name(f"{folder.name}.tar.gz")
                download(client, bucket, key, archive)
                archives.extract(archive, folder, most_bytes=_MOST_BYTES)
                archive.unlink()
        except ClientError as error:
            raise _refused(error) from error


def download(client: Any, bucket: str, key: str, file: Path) -> None:
    """Copy an object into a file.

    Raises:
        ClientError: S3's.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    response = client.get_object(Bucket=bucket, Key=key)
    with file.open("wb") as target:
        shutil.copyfileobj(response["Body"], target)


def _fetch_all(client: Any, bucket: str, prefix: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = False
    for item in (item for page in pages for item in page.get("Contents", [])):
        path = PurePosixPath(item["Key"].removeprefix(prefix))
        # A key that ends with a slash stands for a folder, and one with dots would leave it.
        if item["Key"].endswith("/") or ".." in path.parts or path.is_absolute():
            continue
        download(client, bucket, item["Key"], folder / path)
        found = True
    if not found:
        raise NoModelDataError("no object has this prefix", missing=True)


def _refused(error: ClientError) -> NoModelDataError:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return NoModelDataError(error.response["Error"]["Message"], missing=status == HTTPStatus.NOT_FOUND)
