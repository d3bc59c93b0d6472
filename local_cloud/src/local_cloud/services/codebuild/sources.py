"""Where a build's sources come from: archives and folders in S3, a pipeline's artifacts, or nowhere.

References:
    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/sample-multi-in-out.html
"""

import io
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import zip_archives
from local_cloud.kernel.credentials import RoleSession
from local_cloud.kernel.zip_archives import ArchiveError
from local_cloud.services.codebuild.errors import PhaseError
from local_cloud.services.codebuild.order import BuildOrder
from local_cloud.services.codebuild.variables import told


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source.

    Args:
        identifier: of a secondary one; None for the primary one.
        bucket: None for no source.
        key: of an archive, or, with a slash at its end, a folder.
        version: of the object; None for the newest.
    """

    identifier: str | None
    bucket: str | None
    key: str = ""
    version: str | None = None

    @property
    def variable(self) -> str:
        """Of its folder."""
        return f"CODEBUILD_SRC_DIR_{self.identifier}" if self.identifier else "CODEBUILD_SRC_DIR"


def of_build(definition: Mapping[str, Any], order: BuildOrder) -> list[Source]:
    """The primary source and the secondary ones, in their order."""
    if order.inputs:
        # What a pipeline hands in counts, whatever source the project has.
        return [
            Source(identifier=item.name if index else None, bucket=item.bucket, key=item.key)
            for index, item in enumerate(order.inputs)
        ]
    versions = {
        item["sourceIdentifier"]: item["sourceVersion"] for item in definition.get("secondarySourceVersions") or []
    }
    found = [_declared(definition["source"], None, definition.get("sourceVersion"))]
    for item in definition.get("secondarySources") or []:
        name = item["sourceIdentifier"]
        found.append(_declared(item, name, versions.get(name)))
    return found


def _declared(source: Mapping[str, Any], identifier: str | None, version: str | None) -> Source:
    if source["type"] != "S3":
        return Source(identifier=identifier, bucket=None)
    bucket, _, key = str(source["location"]).removeprefix("arn:aws:s3:::").partition("/")
    return Source(identifier=identifier, bucket=bucket, key=key, version=version or None)


def download(source: Source, folder: Path, session: RoleSession) -> None:
    """Fill a new folder.

    Raises:
        PhaseError: the role may not, or there is no such object.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if source.bucket is None:
        return
    client = session.client("s3")
    try:
        if source.key.endswith("/") or not source.key:
            _copy(client, source, folder)
            return
        chosen = {"VersionId": source.version} if source.version else {}
        answer = client.get_object(Bucket=source.bucket, Key=source.key, **chosen)
        content = answer["Body"].read()
    except (ClientError, BotoCoreError) as error:
        raise PhaseError("CLIENT_ERROR", f"{told(error)} {_named(source)}") from error
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise PhaseError("CLIENT_ERROR", f"zip: not a valid zip file {_named(source)}")
    try:
        zip_archives.unpack(io.BytesIO(content), folder)
    except ArchiveError as error:
        raise PhaseError("CLIENT_ERROR", f"zip: {error} {_named(source)}") from error


def _named(source: Source) -> str:
    which = f"secondary source {source.identifier}" if source.identifier else "primary source"
    return f"for {which} and source version arn:aws:s3:::{source.bucket}/{source.key}"


def _copy(client: Any, source: Source, folder: Path) -> None:
    found = False
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.key):
        for entry in page.get("Contents", []):
            parts = entry["Key"].removeprefix(source.key).split("/")
            # Such parts would lead elsewhere.
            if {"", ".", ".."} & set(parts):
                continue
            found = True
            path = folder.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(client.get_object(Bucket=source.bucket, Key=entry["Key"])["Body"], file)
    if not found:
        raise PhaseError("CLIENT_ERROR", f"NoSuchKey: The specified key does not exist. {_named(source)}")
