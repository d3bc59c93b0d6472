"""Job inputs: every key becomes a file of its own below the folder, or the job fails and says which one cannot."""

import io
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from local_cloud.services.sagemaker import job_files, s3_uri
from local_cloud.services.sagemaker.job_files import InputError, Item, UnsafeInputError

pytestmark = pytest.mark.security("hostile input")
ODD = ["ü ß", "a+b", "100%", "%2e%2e%2f", "a?b#c", "'\"`$(touch x)", "a;b=c&d", "e\u0301", "-rf", "a\nb"]


class Bucket:
    """The part of S3 that a download calls."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def get_paginator(self, _: str) -> "Bucket":
        return self

    def paginate(self, *, Prefix: str, **_: str) -> list[dict[str, Any]]:  # noqa: N803  # boto3's names
        return [{"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}]

    def get_object(self, *, Key: str, **_: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no such key"}}, "GetObject")
        return {"Body": StreamingBody(io.BytesIO(self.objects[Key]), len(self.objects[Key]))}


@pytest.mark.parametrize("name", ODD)
def test_a_key_of_any_characters_becomes_a_file_of_that_name(tmp_path: Path, name: str) -> None:
    bucket = Bucket({f"raw/{name}/{name}.csv": b"1", f"raw/{name}/folder/": b""})
    job_files.download(bucket, f"s3://data/raw/{name}", tmp_path / "in")
    files = [path for path in (tmp_path / "in").rglob("*") if path.is_file()]
    assert [(path.name, path.read_bytes()) for path in files] == [(f"{name}.csv", b"1")]


@pytest.mark.parametrize(
    ("prefix", "files"),
    [
        ("run/train/", ["_SUCCESS", "part-0.csv", "part_1/x.csv"]),
        ("run/train", ["_SUCCESS", "part-0.csv", "part_1/x.csv"]),
        ("run/train/part", ["part-0.csv", "part_1/x.csv"]),
        ("run/train/part-0.csv", ["part-0.csv"]),
        ("run/tr", ["train/_SUCCESS", "train/part-0.csv", "train/part_1/x.csv"]),
    ],
)
def test_files_keep_their_names_where_a_prefix_ends_within_them(tmp_path: Path, prefix: str, files: list[str]) -> None:
    # What remote jobs do: https://github.com/aws/sagemaker-python-sdk/issues/3612
    bucket = Bucket({f"run/train/{name}": b"1" for name in ("_SUCCESS", "part-0.csv", "part_1/x.csv")})
    job_files.download(bucket, f"s3://data/{prefix}", tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == files


@pytest.mark.parametrize("key", ["raw/../../x", "raw/a/../b", "raw//a", "raw/./a", "raw/.."])
def test_a_key_that_would_be_another_files_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(UnsafeInputError, match="cannot be a file here; rename the object"):
        job_files.download(Bucket({key: b"1"}), "s3://data/raw/", tmp_path / "in")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_object_that_is_a_folder_too_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeInputError, match="s3://data/raw/a/b lies below a key that is an object itself"):
        job_files.download(Bucket({"raw/a": b"1", "raw/a/b": b"2"}), "s3://data/raw/", tmp_path / "in")


@pytest.mark.parametrize("name", ODD)
def test_a_uri_is_split_and_nothing_of_it_lost(name: str) -> None:
    assert s3_uri.split(f"s3://bucket/a/{name}") == ("bucket", f"a/{name}")


def test_an_object_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = Item(bucket="data", key="raw/b.csv", below="b.csv")
    with pytest.raises(InputError, match=r"Data download failed: s3://data/raw/b\.csv: .*NoSuchKey"):
        job_files.copy(Bucket({}), [missing], tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []
