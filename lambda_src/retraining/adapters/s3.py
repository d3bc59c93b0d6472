"""S3."""

import json
from typing import Any
from urllib.parse import urlparse

import boto3


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI."""
    parsed = urlparse(uri)
    return parsed.netloc, parsed.path.lstrip("/")


def copy(source: str, *, bucket_name: str, key: str) -> None:
    """Copy one object of any size."""
    source_bucket, source_key = split(source)
    boto3.client("s3").copy({"Bucket": source_bucket, "Key": source_key}, bucket_name, key)


def read_json(*, bucket_name: str, key: str) -> dict[str, Any]:
    """Read a JSON object."""
    body = boto3.client("s3").get_object(Bucket=bucket_name, Key=key)["Body"].read()
    return dict(json.loads(body))


def write_json(content: dict[str, Any], *, bucket_name: str, key: str) -> None:
    """Write a JSON object."""
    boto3.client("s3").put_object(
        Bucket=bucket_name, Key=key, Body=json.dumps(content, indent=2).encode(), ContentType="application/json"
    )
