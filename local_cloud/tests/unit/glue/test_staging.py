"""Staging: what is copied in, what is copied back, and what a missing grant looks like."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from local_cloud.kernel.errors import JobError
from local_cloud.services.glue.staging import Prefix, Stage, parse_uri, prefixes_in

ROLE = "arn:aws:iam::111111111111:role/job"


class Bucket:
    """The part of S3 that staging calls, on a dictionary; denies the named operations."""

    def __init__(self, objects: dict[str, bytes], *, denied: tuple[str, ...] = ()) -> None:
        self.objects = objects
        self._denied = denied

    def _check(self, operation: str) -> None:
        if operation in self._denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    def get_paginator(self, _: str) -> "Bucket":
        return self

    def paginate(self, *, Prefix: str, **_: str) -> list[dict[str, Any]]:  # noqa: N803  # boto3's names
        self._check("ListObjectsV2")
        return [{"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}]

    def get_object(self, *, Key: str, **_: str) -> dict[str, Any]:  # noqa: N803
        self._check("GetObject")
        return {"Body": StreamingBody(io.BytesIO(self.objects[Key]), len(self.objects[Key]))}

    def put_object(self, *, Key: str, Body: Any, **_: str) -> None:  # noqa: N803
        self._check("PutObject")
        self.objects[Key] = Body.read()

    def delete_object(self, *, Key: str, **_: str) -> None:  # noqa: N803
        self._check("DeleteObject")
        del self.objects[Key]


def test_only_named_prefixes_are_staged_and_only_changes_go_back(tmp_path: Path) -> None:
    bucket = Bucket({"in/a": b"1", "in/old": b"2", "secret/x": b"3"})
    stage = Stage(client=bucket, role_arn=ROLE, root=tmp_path)
    stage.download([Prefix(bucket="data", key="in/"), Prefix(bucket="data", key="out/")])
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a", "old"]
    (tmp_path / "data" / "in" / "old").unlink()
    written = tmp_path / "data" / "out"
    (written / "_temporary").mkdir(parents=True)
    (written / "part-0.csv").write_bytes(b"4")
    (written / ".part-0.csv.crc").write_bytes(b"x")
    (written / "_temporary" / "half").write_bytes(b"x")
    assert stage.upload() == (1, 1)
    assert bucket.objects == {"in/a": b"1", "secret/x": b"3", "out/part-0.csv": b"4"}


@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("ListObjectsV2", "s3:ListBucket", "arn:aws:s3:::data"),
        ("GetObject", "s3:GetObject", "arn:aws:s3:::data/in/a"),
        ("PutObject", "s3:PutObject", "arn:aws:s3:::data/in/new"),
        ("DeleteObject", "s3:DeleteObject", "arn:aws:s3:::data/in/a"),
    ],
)
def test_a_denial_names_role_action_and_resource(tmp_path: Path, operation: str, action: str, resource: str) -> None:
    stage = Stage(client=Bucket({"in/a": b"1"}, denied=(operation,)), role_arn=ROLE, root=tmp_path)

    def run() -> None:
        stage.download([Prefix(bucket="data", key="in/")])
        (tmp_path / "data" / "in" / "a").unlink()
        (tmp_path / "data" / "in" / "new").write_bytes(b"2")
        stage.upload()

    with pytest.raises(JobError) as denied:
        run()
    message = f"AccessDenied: {ROLE} is not authorized to perform: {action} on resource: {resource}"
    assert str(denied.value) == message


def test_a_key_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    stage = Stage(client=Bucket({"in/../../../x": b"1"}), role_arn=ROLE, root=tmp_path / "root")
    with pytest.raises(JobError, match="points outside"):
        stage.download([Prefix(bucket="data", key="in/")])
    assert not (tmp_path / "x").exists()


@pytest.mark.security("hostile input")
@pytest.mark.parametrize("key", ["in/../../x", "in//a", "in/./a", "in/a/../b", "in/.."])
def test_a_key_that_would_be_another_files_is_refused_and_kept(tmp_path: Path, key: str) -> None:
    bucket = Bucket({key: b"1", "in/a": b"2"})
    stage = Stage(client=bucket, role_arn=ROLE, root=tmp_path / "root")
    with pytest.raises(JobError, match=f"object key '{re.escape(key)}' in bucket data points outside"):
        stage.download([Prefix(bucket="data", key="in/")])
    assert bucket.objects == {key: b"1", "in/a": b"2"}


@pytest.mark.security("hostile input")
def test_an_object_that_is_a_folder_too_is_refused(tmp_path: Path) -> None:
    stage = Stage(client=Bucket({"in/a": b"1", "in/a/b": b"2"}), role_arn=ROLE, root=tmp_path)
    with pytest.raises(JobError, match="object key 'in/a/b' in bucket data lies below a key that is an object itself"):
        stage.download([Prefix(bucket="data", key="in/")])


@pytest.mark.security("hostile input")
@pytest.mark.parametrize(
    "name",
    ["ü ß", "a+b", "100%", "%2e%2e%2f", "a?b#c", "'\"`$(touch x)", "a;b=c&d", "e\u0301", "\u00e9", "-rf", "a\nb"],
)
def test_a_key_of_any_characters_comes_and_goes_as_it_is(tmp_path: Path, name: str) -> None:
    bucket = Bucket({f"in/{name}/{name}.csv": b"1"})
    stage = Stage(client=bucket, role_arn=ROLE, root=tmp_path)
    stage.download([Prefix(bucket="data", key="in/")])
    (tmp_path / "data" / "in" / name / "new").write_bytes(b"2")
    assert stage.upload() == (1, 0)
    assert bucket.objects == {f"in/{name}/{name}.csv": b"1", f"in/{name}/new": b"2"}


@pytest.mark.security("hostile input")
@pytest.mark.parametrize("key", ["in/data.csv.crc", "in/_temporary/x", "in/_spark_metadata/0"])
def test_what_is_named_like_a_temporary_file_is_not_deleted(tmp_path: Path, key: str) -> None:
    bucket = Bucket({key: b"1"})
    stage = Stage(client=bucket, role_arn=ROLE, root=tmp_path)
    stage.download([Prefix(bucket="data", key="in/")])
    assert stage.upload() == (0, 0)
    assert bucket.objects == {key: b"1"}


def test_prefixes_are_taken_from_argument_values_without_those_inside_another() -> None:
    arguments = {"--source": "s3://data/raw/", "--one": "s3://data/raw/a/b", "--to": "s3a://other/out/", "--n": "3"}
    assert [prefix.uri for prefix in prefixes_in(arguments)] == ["s3://data/raw/", "s3://other/out/"]


def test_what_is_no_s3_uri_is_refused() -> None:
    with pytest.raises(JobError, match="not an S3 URI: 'https://x/y'"):
        parse_uri("https://x/y")
