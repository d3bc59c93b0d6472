"""What S3 refuses before it stores anything: wrong digests, URLs whose time is over, lists for buckets without any."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from local_cloud.services.s3 import access_lists, checksums, presigned
from local_cloud.services.s3.refusals import RefusedRequestError

# Of the digits 1 to 9: https://reveng.sourceforge.io/crc-catalogue/all.htm, and FIPS 180-4's hashes by Python.
DIGITS = b"123456789"
DIGESTS = {
    "CRC32": bytes.fromhex("cbf43926"),
    "CRC32C": bytes.fromhex("e3069283"),
    "CRC64NVME": bytes.fromhex("ae8b14860a799888"),
    "SHA1": hashlib.sha1(DIGITS, usedforsecurity=False).digest(),
    "SHA256": hashlib.sha256(DIGITS).digest(),
}
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_a_digest_is_that_of_the_body_or_the_body_is_refused(algorithm: str) -> None:
    header = f"X-Amz-Checksum-{algorithm.title()}"

    checksums.check({header: encoded(DIGESTS[algorithm])}, DIGITS, DIGITS)

    with pytest.raises(RefusedRequestError, match=f"{algorithm} you specified did not match") as refused:
        checksums.check({header: encoded(DIGESTS[algorithm])}, b"other", b"other")
    assert refused.value.code == "BadDigest"


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_a_digest_may_follow_the_body(algorithm: str) -> None:
    name = f"x-amz-checksum-{algorithm.lower()}"
    sent = b"9\r\n123456789\r\n0\r\n" + f"{name}:{encoded(DIGESTS[algorithm])}\r\n\r\n".encode()

    checksums.check({"x-amz-trailer": name}, DIGITS, sent)

    with pytest.raises(RefusedRequestError, match="did not match"):
        checksums.check({"x-amz-trailer": name}, b"other", sent)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-MD5": encoded(hashlib.md5(b"other", usedforsecurity=False).digest())}, "BadDigest"),
        ({"Content-MD5": "junk"}, "InvalidDigest"),
        ({"x-amz-checksum-sha256": "junk"}, "InvalidRequest"),
        ({"x-amz-checksum-sha256": encoded(DIGESTS["CRC32"])}, "InvalidRequest"),
    ],
)
def test_a_digest_that_is_none_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(RefusedRequestError) as refused:
        checksums.check(headers, DIGITS, DIGITS)

    assert refused.value.code == code


def test_what_only_says_how_is_no_digest() -> None:
    md5 = encoded(hashlib.md5(DIGITS, usedforsecurity=False).digest())

    checksums.check({"x-amz-checksum-algorithm": "SHA256", "Content-MD5": md5}, DIGITS, DIGITS)


def signed(begin: datetime, seconds: int) -> dict[str, list[str]]:
    return {
        "X-Amz-Signature": ["0"],
        "X-Amz-Date": [begin.strftime("%Y%m%dT%H%M%SZ")],
        "X-Amz-Expires": [str(seconds)],
    }


def older(end: datetime) -> dict[str, list[str]]:
    return {"AWSAccessKeyId": ["1"], "Signature": ["0"], "Expires": [str(int(end.timestamp()))]}


@pytest.mark.parametrize(
    "query",
    [{}, {"prefix": ["a"]}, signed(NOW, 60), signed(NOW - timedelta(seconds=60), 60), older(NOW)],
)
def test_a_url_is_good_until_its_end(query: dict[str, list[str]]) -> None:
    presigned.check(query, NOW)


@pytest.mark.parametrize("query", [signed(NOW - timedelta(seconds=61), 60), older(NOW - timedelta(seconds=1))])
def test_a_url_is_refused_after_its_end(query: dict[str, list[str]]) -> None:
    with pytest.raises(RefusedRequestError, match="Request has expired") as refused:
        presigned.check(query, NOW)

    assert refused.value.code == "AccessDenied"


@pytest.mark.parametrize(
    "query",
    [
        {"X-Amz-Signature": ["0"]},
        signed(NOW, 7 * 86_400 + 1),
        signed(NOW, 1) | {"X-Amz-Expires": ["x"]},
        older(NOW) | {"Expires": ["x"]},
    ],
)
def test_a_url_that_does_not_say_its_end_is_refused(query: dict[str, list[str]]) -> None:
    with pytest.raises(RefusedRequestError):
        presigned.check(query, NOW)


@pytest.mark.parametrize(
    ("operation", "headers", "refused"),
    [
        ("PutObject", {}, False),
        ("PutObject", {"x-amz-acl": "bucket-owner-full-control"}, False),
        ("PutObject", {"X-Amz-Acl": "public-read"}, True),
        ("PutObject", {"x-amz-grant-read": 'id="1"'}, True),
        ("CopyObject", {"x-amz-acl": "authenticated-read"}, True),
        ("CreateMultipartUpload", {"x-amz-acl": "aws-exec-read"}, True),
        ("PutBucketAcl", {}, True),
        ("PutObjectAcl", {"x-amz-acl": "public-read"}, True),
        ("GetBucketAcl", {}, False),
        ("PutBucketTagging", {}, False),
    ],
)
def test_a_bucket_whose_owner_owns_all_takes_no_lists(operation: str, headers: dict[str, str], refused: bool) -> None:
    assert access_lists.is_refused(operation, headers, access_lists.ENFORCED) is refused
    assert not access_lists.is_refused(operation, headers, "ObjectWriter")
    assert not access_lists.is_refused(operation, headers, None)


@pytest.mark.parametrize(
    ("headers", "contradiction"),
    [
        ({}, False),
        ({"x-amz-acl": "private"}, False),
        ({"x-amz-acl": "public-read"}, True),
        ({"x-amz-acl": "public-read", "x-amz-object-ownership": "ObjectWriter"}, False),
        ({"x-amz-grant-write": 'id="1"'}, True),
    ],
)
def test_a_bucket_with_a_list_needs_another_ownership(headers: dict[str, str], contradiction: bool) -> None:
    assert access_lists.contradicts(headers) is contradiction
