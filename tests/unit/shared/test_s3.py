"""What is asked of S3, and how its answers are read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters import s3


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def _object(key: str, size: int) -> dict[str, Any]:
    return {"Key": key, "ETag": f'"{size:x}"', "Size": size, "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}


def test_a_listing_goes_on_to_the_last_page(stub: Stubber) -> None:
    # A page has at most 1000 keys: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    common = {"Bucket": "b", "Prefix": "raw/m/"}
    stub.add_response(
        "list_objects_v2",
        {"IsTruncated": True, "NextContinuationToken": "t", "Contents": [_object("raw/m/a", 1)]},
        common,
    )
    stub.add_response(
        "list_objects_v2",
        {"IsTruncated": False, "Contents": [_object("raw/m/b", 2)]},
        {**common, "ContinuationToken": "t"},
    )
    assert list(s3.listing(stub.client, "s3://b/raw/m/")) == [("raw/m/a", '"1"', 1), ("raw/m/b", '"2"', 2)]


def test_a_listing_of_nothing_is_empty(stub: Stubber) -> None:
    stub.add_response("list_objects_v2", {"IsTruncated": False}, {"Bucket": "b", "Prefix": "raw/m/"})
    assert list(s3.listing(stub.client, "s3://b/raw/m/")) == []


@pytest.mark.parametrize(("found", "there"), [("models/a.gz", True), ("models/a.gz.old", False), (None, False)])
def test_a_key_that_only_begins_like_another_is_not_there(found: str | None, there: bool, stub: Stubber) -> None:
    contents = [_object(found, 1)] if found else []
    stub.add_response("list_objects_v2", {"Contents": contents}, {"Bucket": "b", "Prefix": "models/a.gz", "MaxKeys": 1})
    assert s3.exists(stub.client, "s3://b/models/a.gz") is there


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("InvalidObjectState", 403),
        ("NoSuchKey", 404),
        ("InvalidRange", 416),
        ("KMS.DisabledException", 400),
        ("KMS.KMSInvalidStateException", 400),
    ],
)
def test_what_no_repetition_mends_makes_an_object_unreadable(code: str, status: int, stub: Stubber) -> None:
    stub.add_response("list_objects_v2", {"Contents": [_object("a", 1)]})
    stub.add_client_error(
        "get_object", code, "why", status, expected_params={"Bucket": "b", "Key": "a", "Range": "bytes=0-0"}
    )
    with pytest.raises(s3.NotReadableError, match=f"{code}.*why"):
        s3.check_readable(stub.client, "s3://b/a")


def test_a_bucket_that_may_not_be_listed_makes_its_objects_unreadable(stub: Stubber) -> None:
    stub.add_client_error("list_objects_v2", "AccessDenied", "why", 403)
    with pytest.raises(s3.NotReadableError, match="AccessDenied"):
        s3.check_readable(stub.client, "s3://b/a")


@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 400)])
def test_what_passes_by_itself_stays_what_it_is(code: str, status: int, stub: Stubber) -> None:
    stub.add_response("list_objects_v2", {"Contents": [_object("a", 1)]})
    stub.add_client_error("get_object", code, "why", status)
    with pytest.raises(Exception, match=code) as caught:
        s3.check_readable(stub.client, "s3://b/a")
    assert not isinstance(caught.value, s3.NotReadableError)
