"""Which objects a transform job reads, and what it calls their results.

The name of a result is that of its object below the prefix, with ``.out`` behind it. A prefix that does not end with a
slash is a folder, or the beginning of names. AWS's page says no more than "in a corresponding subfolder", with an
example that has another subfolder than the text: nobody could compare this with AWS.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformS3DataSource.html and
API_TransformOutput.html.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import s3_uri


class SourceError(LocalCloudError):
    """There is nothing to read, or the manifest says it in no form that is known."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One object.

    Args:
        bucket: where it lies.
        key: of the object.
        name: below the prefix or the manifest's.
    """

    bucket: str
    key: str
    name: str

    @property
    def place(self) -> str:
        """As the job's log names it."""
        return f"{self.bucket}/{self.key}"

    def result(self, output_path: str) -> str:
        """URI of its result.

        Args:
            output_path: S3OutputPath.
        """
        bucket, prefix = s3_uri.split(output_path)
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        return f"s3://{bucket}/{folder}{self.name}.out"


def find(client: Any, source: Mapping[str, str]) -> list[Source]:
    """All objects that a job reads, in the order of their keys, or of the manifest.

    Args:
        client: of S3.
        source: S3DataSource.

    Raises:
        SourceError: there is none.
        botocore.exceptions.ClientError: the role may not list the prefix, or read the manifest.
    """
    uri = source["S3Uri"]
    bucket, key = s3_uri.split(uri)
    if source["S3DataType"] == "ManifestFile":
        return list(_of_manifest(client.get_object(Bucket=bucket, Key=key)["Body"].read(), uri))
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    # Keys that end with a slash stand for folders.
    found = [Source(bucket=bucket, key=item, name=below(item, key)) for item in keys if not item.endswith("/")]
    if not found:
        raise SourceError(
            f"No S3 objects found under S3 URL {uri} given in input data source. Please ensure that the bucket exists"
            " in the selected region, that objects exist under that S3 prefix, and that the role has s3:ListBucket"
            f" permissions on bucket {bucket}."
        )
    return found


def below(key: str, prefix: str) -> str:
    """What a key is called below a prefix.

    Args:
        key: of an object.
        prefix: which it begins with: a folder, with or without its slash, or the beginning of names.
    """
    name = key.removeprefix(prefix)
    if not name or (prefix and not prefix.endswith("/") and not name.startswith("/")):
        return key[prefix.rfind("/") + 1 :]
    return name.removeprefix("/")


def _of_manifest(content: bytes, uri: str) -> Iterator[Source]:
    try:
        manifest = json.loads(content)
        head, *names = manifest
        prefix = head["prefix"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f'The manifest {uri} is not in the format [{{"prefix": "s3://bucket/folder/"}}, "name", ...]: {error!r}'
        ) from error
    if not names:
        raise SourceError(f"The manifest {uri} names no objects, it needs one at least behind the prefix")
    for name in names:
        if not isinstance(name, str):
            raise SourceError(f"The manifest {uri} names {name!r}, it must name objects by text")
        bucket, key = s3_uri.split(f"{prefix}{name}")
        yield Source(bucket=bucket, key=key, name=name.lstrip("/"))
