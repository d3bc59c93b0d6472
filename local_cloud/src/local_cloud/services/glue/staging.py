"""A job's s3:// prefixes as folders: copied in before the run and back after it, with the job role's permissions."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.faults import jobs
from local_cloud.kernel.errors import JobError

_URI = re.compile(r"s3[an]?://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.*)")
_TEMPORARY = ("_temporary", "_spark_metadata")


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """One place in S3.

    Args:
        bucket: its name.
        key: an object's key, or a prefix that ends with / (or is empty for the whole bucket).
    """

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """As the job names it."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def is_folder(self) -> bool:
        """True for a prefix."""
        return not self.key or self.key.endswith("/")


def parse_uri(uri: str) -> Prefix:
    """Bucket and key of an s3:// URI.

    Raises:
        JobError: it is none.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise JobError(f"not an S3 URI: '{uri}'; expected s3://bucket/key")
    return Prefix(bucket=match[1], key=match[2])


def prefixes_in(arguments: Mapping[str, str]) -> list[Prefix]:
    """Places that the values of a script's arguments name, sorted; one inside another is left out."""
    found = {parse_uri(value) for value in arguments.values() if _URI.fullmatch(value)}
    return sorted(
        (item for item in found if not any(_contains(other, item) for other in found if other != item)),
        key=lambda item: item.uri,
    )


def _contains(outer: Prefix, inner: Prefix) -> bool:
    return outer.bucket == inner.bucket and outer.is_folder and inner.key.startswith(outer.key)


@dataclass(kw_only=True)
class Stage:
    """The folders of one run, one a bucket.

    Args:
        client: S3 as the job's role.
        role_arn: the role, for messages.
        root: empty folder for the buckets.
    """

    client: Any
    role_arn: str
    root: Path
    _before: dict[tuple[str, str], str] = field(default_factory=dict)
    _prefixes: list[Prefix] = field(default_factory=list)

    @property
    def buckets(self) -> list[str]:
        """Buckets that have a folder."""
        return sorted({prefix.bucket for prefix in self._prefixes})

    def size(self) -> int:
        """Bytes of all files in the folders."""
        return sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file())

    def download(self, prefixes: Iterable[Prefix]) -> None:
        """Copy everything below the prefixes into the folders.

        Raises:
            JobError: the role may not list or read.
        """
        for prefix in prefixes:
            self._prefixes.append(prefix)
            (self.root / prefix.bucket).mkdir(parents=True, exist_ok=True)
            for key in self._list(prefix):
                target = self._path(prefix.bucket, key)
                self.fetch(Prefix(bucket=prefix.bucket, key=key), target)
                self._before[prefix.bucket, key] = _digest(target)

    def fetch(self, place: Prefix, target: Path) -> None:
        """Copy one object to a file.

        Raises:
            JobError: the role may not read it, or it does not exist.
        """
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JobError(
                f"object key '{place.key}' in bucket {place.bucket} lies below a key that is an object itself; "
                "rename one of them"
            ) from error
        if target.is_dir():
            raise JobError(
                f"object key '{place.key}' in bucket {place.bucket} is the folder of other objects; rename the object"
            )
        try:
            body = self.client.get_object(Bucket=place.bucket, Key=place.key)["Body"]
            with target.open("wb") as file:
                for chunk in body.iter_chunks(1 << 20):
                    file.write(chunk)
        except ClientError as error:
            raise self._denied(error, "s3:GetObject", f"arn:aws:s3:::{place.bucket}/{place.key}") from error

    def upload(self, *, incomplete: bool = False) -> tuple[int, int]:
        """Write changed files back and delete what the job deleted; returns how many of each.

        Args:
            incomplete: a part of the files is lost on the way.

        Raises:
            JobError: the role may not write or delete.
        """
        now = self._files()
        changed = [place for place, digest in now.items() if self._before.get(place) != digest]
        deleted = [place for place in self._before if place not in now]
        # Deletes first: a reader that sees the new files must not see the old ones beside them.
        for bucket, key in deleted:
            try:
                self.client.delete_object(Bucket=bucket, Key=key)
            except ClientError as error:
                raise self._denied(error, "s3:DeleteObject", f"arn:aws:s3:::{bucket}/{key}") from error
        if incomplete:
            kept = set(jobs.incomplete([self._path(bucket, key) for bucket, key in changed]))
            changed = [(bucket, key) for bucket, key in changed if self._path(bucket, key) in kept]
        for bucket, key in changed:
            try:
                with self._path(bucket, key).open("rb") as file:
                    self.client.put_object(Bucket=bucket, Key=key, Body=file)
            except ClientError as error:
                raise self._denied(error, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}") from error
        return len(changed), len(deleted)

    def _files(self) -> dict[tuple[str, str], str]:
        found = {}
        for bucket in self.buckets:
            folder = self.root / bucket
            for path in sorted(folder.rglob("*")):
                parts = path.relative_to(folder).parts
                place = bucket, "/".join(parts)
                # What Spark leaves for itself stays behind, unless it came from S3: then its absence would be a delete.
                own = path.name.endswith(".crc") or any(part in _TEMPORARY for part in parts)
                if path.is_file() and (place in self._before or not own):
                    found[place] = _digest(path)
        return found

    def _list(self, prefix: Prefix) -> list[str]:
        if not prefix.is_folder and self._exists(prefix):
            return [prefix.key]
        start = prefix.key if prefix.is_folder else f"{prefix.key}/"
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=prefix.bucket, Prefix=start)
            return [item["Key"] for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]
        except ClientError as error:
            raise self._denied(error, "s3:ListBucket", f"arn:aws:s3:::{prefix.bucket}") from error

    def _exists(self, place: Prefix) -> bool:
        try:
            self.client.head_object(Bucket=place.bucket, Key=place.key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004  # not found
                return False
            raise self._denied(error, "s3:GetObject", f"arn:aws:s3:::{place.bucket}/{place.key}") from error
        return True

    def _path(self, bucket: str, key: str) -> Path:
        # Such parts would lead elsewhere, or to the place of another object, which would then be lost.
        if {".", "..", ""} & set(key.split("/")):
            raise JobError(
                f"object key '{key}' in bucket {bucket} points outside of its folder or is no path; rename the object"
            )
        return self.root / bucket / key

    def _denied(self, error: ClientError, action: str, resource: str) -> JobError:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in ("AccessDenied", "403"):
            return JobError(
                f"AccessDenied: {self.role_arn} is not authorized to perform: {action} on resource: {resource}"
            )
        return JobError(f"{code}: {message} ({action} on {resource})")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
