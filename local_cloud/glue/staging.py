"""Copies the S3 prefixes that a job's arguments name to a scratch folder, and what changed back to S3."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_URI = re.compile(r"^s3a?://(?P<bucket>[^/]+)/?(?P<prefix>.*)$")
_LEFTOVER = re.compile(r"(^|/)(\.[^/]*\.crc|_temporary(/.*)?|\.[^/]*)$")


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """A prefix of a bucket."""

    bucket: str
    prefix: str


def prefixes(arguments: Iterable[str]) -> list[Prefix]:
    """The S3 URIs among a job's arguments."""
    found = []
    for argument in arguments:
        match = _URI.match(argument)
        if match:
            found.append(Prefix(bucket=match["bucket"], prefix=match["prefix"]))
    return found


@dataclass(kw_only=True)
class Stage:
    """A scratch folder with one folder a bucket.

    Args:
        root: the folder.
        client: S3 client with the job's role.
        before: size and modification time (ns) of every file after download, by path relative to the root.
    """

    root: Path
    client: Any
    before: dict[str, tuple[int, int]]

    @property
    def buckets(self) -> list[str]:
        """Names of the staged buckets."""
        return sorted(path.name for path in self.root.iterdir())


def download(root: Path, wanted: Iterable[Prefix], client: Any) -> Stage:
    """Fetch every object below the prefixes.

    Raises:
        ClientError: the role may not list or read; the message names role, action and resource.
    """
    for item in wanted:
        (root / item.bucket).mkdir(parents=True, exist_ok=True)
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=item.bucket, Prefix=item.prefix)
        for page in pages:
            for entry in page.get("Contents", []):
                if entry["Key"].endswith("/"):
                    continue
                target = root / item.bucket / entry["Key"]
                target.parent.mkdir(parents=True, exist_ok=True)
                # get_object needs only s3:GetObject and says what was denied; download_file's HEAD says only 403.
                body = client.get_object(Bucket=item.bucket, Key=entry["Key"])["Body"]
                with target.open("wb") as file:
                    for chunk in body.iter_chunks(1 << 20):
                        file.write(chunk)
        if item.prefix.endswith("/"):
            (root / item.bucket / item.prefix).mkdir(parents=True, exist_ok=True)
    return Stage(root=root, client=client, before=_files(root))


def upload(stage: Stage) -> None:
    """Write back what the job made, changed or deleted.

    Raises:
        ClientError: the role may not write.
    """
    after = _files(stage.root)
    for path in sorted(after):
        if stage.before.get(path) != after[path]:
            bucket, _, key = path.partition("/")
            stage.client.upload_file(str(stage.root / path), bucket, key)
    for path in sorted(set(stage.before) - set(after)):
        bucket, _, key = path.partition("/")
        stage.client.delete_object(Bucket=bucket, Key=key)


def spark_configuration(stage: Stage, scratch: Path) -> Mapping[str, str]:
    """Settings that let ``s3://`` mean the scratch folder, without Hadoop's S3 jars."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.master": "local[2]",
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.memory": "2g",
        "spark.local.dir": str(scratch / "spark"),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "spark.sql.sources.commitProtocolClass": (
            "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
        ),
    }
    for scheme in ("s3", "s3a"):
        settings[f"spark.hadoop.fs.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    for bucket in stage.buckets:
        settings[f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback"] = f"{(stage.root / bucket).as_uri()}/"
    return settings


def _files(root: Path) -> dict[str, tuple[int, int]]:
    result = {}
    for path in root.rglob("*"):
        relative = path.relative_to(root).as_posix()
        if path.is_file() and not _LEFTOVER.search(relative):
            status = path.stat()
            result[relative] = (status.st_size, status.st_mtime_ns)
    return result
