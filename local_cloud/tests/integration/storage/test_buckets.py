"""Buckets and uploads as S3 has them since 2023, and requests that it refuses."""

import base64
import hashlib
import http.client
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

BUCKET = "storage"
LISTED = "storage-with-lists"
SCOPE = f"Credential={ACCOUNT}/20260101/us-east-1/s3/aws4_request"
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE}, SignedHeaders=host, Signature=0"}


@pytest.fixture(scope="module")
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3", ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    client.create_bucket(Bucket=LISTED, ObjectOwnership="ObjectWriter")
    client.put_object(Bucket=BUCKET, Key="there", Body=b"body")
    client.put_object(Bucket=LISTED, Key="there", Body=b"body")
    return client


def send(
    cloud: RunningCloud, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=600)
    connection.request(method, path, body=body, headers=SIGNED if headers is None else headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers.get("Content-Type", ""), content


def code_of(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return str(refused.value.response["Error"]["Code"])


def test_a_new_bucket_is_encrypted_blocked_and_its_owners(s3: Any) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

    found = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
    assert found["Rules"] == [rule]
    assert s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced"}
    ]
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
    assert s3.head_object(Bucket=BUCKET, Key="there")["ServerSideEncryption"] == "AES256"


def test_what_is_taken_from_a_bucket_is_gone_but_its_encryption(s3: Any) -> None:
    s3.create_bucket(Bucket="bare")
    s3.delete_bucket_encryption(Bucket="bare")
    s3.delete_bucket_ownership_controls(Bucket="bare")
    s3.delete_public_access_block(Bucket="bare")

    assert s3.get_bucket_encryption(Bucket="bare")["ServerSideEncryptionConfiguration"]["Rules"]
    assert code_of(s3.get_bucket_ownership_controls, Bucket="bare") == "OwnershipControlsNotFoundError"
    assert code_of(s3.get_public_access_block, Bucket="bare") == "NoSuchPublicAccessBlockConfiguration"


def test_a_lifecycle_keeps_sizes_and_numbers_of_versions(s3: Any) -> None:
    rules = [
        {
            "ID": "large",
            "Status": "Enabled",
            "Filter": {"ObjectSizeGreaterThan": 500},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
        },
        {
            "ID": "some",
            "Status": "Disabled",
            "Filter": {"And": {"Prefix": "a/", "ObjectSizeLessThan": 900, "ObjectSizeGreaterThan": 3}},
            "Expiration": {"Days": 1},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"] == rules

    nameless = [{"Status": "Enabled", "Filter": {"ObjectSizeLessThan": 9}, "Expiration": {"Days": 1}}]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": nameless})
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert found.pop("ID")
    assert found == nameless[0]

    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=BUCKET) == "NoSuchLifecycleConfiguration"


def test_an_upload_that_is_not_what_it_says_is_refused_and_not_stored(s3: Any) -> None:
    md5 = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    sha256 = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    assert code_of(s3.put_object, Bucket=BUCKET, Key="new", Body=b"x", ContentMD5=md5) == "BadDigest"
    assert code_of(s3.put_object, Bucket=BUCKET, Key="new", Body=b"x", ChecksumSHA256=sha256) == "BadDigest"
    assert code_of(s3.head_object, Bucket=BUCKET, Key="new") == "404"

    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="new", ChecksumAlgorithm="SHA256")["UploadId"]
    part = {"Bucket": BUCKET, "Key": "new", "UploadId": upload, "PartNumber": 1}
    assert code_of(s3.upload_part, **part, Body=b"x", ChecksumSHA256=sha256) == "BadDigest"
    etag = s3.upload_part(**part, Body=b"other", ChecksumSHA256=sha256)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag, "ChecksumSHA256": sha256}]}
    s3.complete_multipart_upload(Bucket=BUCKET, Key="new", UploadId=upload, MultipartUpload=parts)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_body_in_chunks_is_compared_with_its_trailer(cloud: RunningCloud, s3: Any, algorithm: str) -> None:
    assert s3
    name = f"x-amz-checksum-{algorithm.lower()}"
    wrong = base64.b64encode(bytes({"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}[algorithm]))
    kind, length = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", {"x-amz-decoded-content-length": "4"}
    headers = {**SIGNED, **length, "x-amz-content-sha256": kind, "x-amz-trailer": name}
    body = b"4\r\nbody\r\n0\r\n" + f"{name}:".encode() + wrong + b"\r\n\r\n"

    status, _, content = send(cloud, "PUT", f"/{BUCKET}/chunks", body, headers)

    assert status == 400
    assert b"<Code>BadDigest</Code>" in content


def test_a_presigned_url_ends(cloud: RunningCloud, s3: Any) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "there"}, ExpiresIn=60)
    parts = urlsplit(url)
    past = {"Expires": "1767225600", "X-Amz-Date": "20260101T000000Z"}
    query = urlencode([(name, past.get(name, value)) for name, value in parse_qsl(parts.query)])

    assert send(cloud, "GET", f"{parts.path}?{parts.query}", headers={})[::2] == (200, b"body")
    status, _, content = send(cloud, "GET", urlunsplit(("", "", parts.path, query, "")), headers={})
    assert status == 403
    assert b"<Message>Request has expired</Message>" in content


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("put_object_acl", {"Key": "there", "ACL": "public-read"}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("put_object", {"Key": "new", "Body": b"x", "ACL": "public-read"}),
        ("put_object", {"Key": "new", "Body": b"x", "GrantRead": 'id="1"'}),
    ],
)
def test_a_bucket_takes_no_lists_unless_its_owner_says_so(s3: Any, call: str, asked: dict[str, Any]) -> None:
    assert code_of(getattr(s3, call), Bucket=BUCKET, **asked) == "AccessControlListNotSupported"
    getattr(s3, call)(Bucket=LISTED, **asked)


def test_lists_that_do_not_exist_are_refused(s3: Any) -> None:
    assert code_of(s3.put_object_acl, Bucket=LISTED, Key="there", ACL="nonsense") == "InvalidArgument"
    assert code_of(s3.put_bucket_acl, Bucket=LISTED, ACL="nonsense") == "InvalidArgument"
    assert code_of(s3.create_bucket, Bucket="new", ACL="public-read") == "InvalidBucketAclWithObjectOwnership"
    s3.put_object(Bucket=BUCKET, Key="owned", Body=b"x", ACL="bucket-owner-full-control")


def test_a_policy_is_one_and_not_for_everybody(s3: Any) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    assert code_of(s3.put_bucket_policy, Bucket=BUCKET, Policy="junk") == "MalformedPolicy"
    assert code_of(s3.put_bucket_policy, Bucket=BUCKET, Policy="{}") == "MalformedPolicy"
    assert code_of(s3.put_bucket_policy, Bucket=BUCKET, Policy=policy) == "AccessDenied"
    s3.delete_public_access_block(Bucket=LISTED)
    s3.put_bucket_policy(Bucket=LISTED, Policy=policy)


_SUBRESOURCES = {
    "acl": "MalformedXML",
    "cors": "MalformedXML",
    "encryption": "MalformedXML",
    "lifecycle": "MalformedXML",
    "logging": "MalformedXML",
    "ownershipControls": "MalformedXML",
    "policy": "MalformedPolicy",
    "publicAccessBlock": "MalformedXML",
    "tagging": "MalformedXML",
    "versioning": "MalformedXML",
    "notification": "NotEmulated",
    "website": "NotEmulated",
}


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", f"/{BUCKET}", b"key=a", "NotEmulated"),
        ("POST", f"/{BUCKET}/key", b"raw", "MethodNotAllowed"),
        ("PATCH", f"/{BUCKET}", b"", "MethodNotAllowed"),
        ("PATCH", f"/{BUCKET}/key", b"", "MethodNotAllowed"),
        ("POST", "/", b"raw", "MethodNotAllowed"),
        ("GET", f"/{BUCKET}/there?retention", b"", "NotEmulated"),
        ("POST", f"/{BUCKET}?delete", b"<Delete>", "MalformedXML"),
        ("POST", f"/{BUCKET}/key?uploadId=none", b"<CompleteMultipartUpload/>", "NoSuchUpload"),
        ("PUT", f"/{BUCKET}/key?uploadId=none&partNumber=x", b"", "InvalidArgument"),
        ("PUT", f"/{BUCKET}/there?tagging", b"<Wrong/>", "MalformedXML"),
        ("DELETE", f"/{BUCKET}/none?tagging", b"", "NoSuchKey"),
        *[("PUT", f"/{LISTED}?{name}", body, code) for name, code in _SUBRESOURCES.items() for body in (b"", b"<a>")],
    ],
)
def test_a_request_that_is_none_is_refused_by_name(
    cloud: RunningCloud, s3: Any, method: str, path: str, body: bytes, code: str
) -> None:
    assert s3
    status, kind, content = send(cloud, method, path, body)

    assert f"<Code>{code}</Code>".encode() in content
    assert 400 <= status < 500
    assert kind == "application/xml"


@pytest.mark.parametrize("length", [{}, {"x-amz-decoded-content-length": "x"}])
def test_chunks_without_their_length_are_refused(cloud: RunningCloud, s3: Any, length: dict[str, str]) -> None:
    assert s3
    headers = {**SIGNED, **length, "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    body = b"3;chunk-signature=00\r\nabc\r\n0;chunk-signature=00\r\n\r\n"

    assert b"<Code>MissingContentLength</Code>" in send(cloud, "PUT", f"/{BUCKET}/key", body, headers)[2]


def test_a_page_that_is_an_object_stays_one(cloud: RunningCloud, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="page", Body=b"<html></html>", ContentType="text/html; charset=utf-8")

    assert send(cloud, "GET", f"/{BUCKET}/page") == (200, "text/html; charset=utf-8", b"<html></html>")
    assert send(cloud, "PUT", f"/{BUCKET}/other", b"x")[1] == ""


def test_what_is_no_http_gets_no_page(cloud: RunningCloud) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=600)
    connection.putrequest("GET", "/", skip_host=True)
    connection.putheader("Host", "x" * 70_000)
    connection.endheaders()
    answer = connection.getresponse()

    assert answer.status >= 400
    assert b"<html" not in answer.read().lower()
    connection.close()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_an_object_may_have_the_type_of_a_form(s3: Any, kind: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="form", Body=b"a=b", ContentType=kind)

    found = s3.get_object(Bucket=BUCKET, Key="form")
    assert (found["Body"].read(), found["ContentType"]) == (b"a=b", kind)


def test_a_list_of_buckets_leaves_none_out(s3: Any) -> None:
    for name in ("listed-a", "listed-b", "listed-c"):
        s3.create_bucket(Bucket=name)

    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1}, Prefix="listed-")

    assert [bucket["Name"] for page in pages for bucket in page["Buckets"]] == ["listed-a", "listed-b", "listed-c"]


def test_a_large_object_is_copied_in_parts_if_it_is_what_it_was(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"x")
    etag = s3.head_object(Bucket=BUCKET, Key="source")["ETag"]
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="copy")["UploadId"]
    asked = {"Bucket": BUCKET, "Key": "copy", "UploadId": upload, "PartNumber": 1}

    s3.upload_part_copy(**asked, CopySource=f"{BUCKET}/source", CopySourceIfMatch=etag)

    assert code_of(s3.upload_part_copy, **asked, CopySource=f"{BUCKET}/source", CopySourceIfMatch='"x"') == (
        "PreconditionFailed"
    )
    assert code_of(s3.copy_object, Bucket=BUCKET, Key="c", CopySource=f"{BUCKET}/source", CopySourceIfMatch='"x"') == (
        "PreconditionFailed"
    )
