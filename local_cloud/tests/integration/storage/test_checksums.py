"""Checksums of objects and of their parts, and bodies in chunks.

References:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import base64
import hashlib
import http.client
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT

BUCKET = "checksums"
SIZE = 5 * 2**20
FIRST, SECOND = b"a" * SIZE, b"b"
SCOPE = f"Credential={ACCOUNT}/20260101/us-east-1/s3/aws4_request"
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE}, SignedHeaders=host, Signature=0"}
Digest = Callable[[bytes], bytes]


def crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


def sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def told(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.fixture(scope="module")
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3", ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    return client


def error_of(call: Any, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**asked)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def upload(
    s3: Any, key: str, *bodies: bytes, name: str = "", **begun: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What names an upload, and its parts."""
    asked = {"Bucket": BUCKET, "Key": key}
    asked["UploadId"] = s3.create_multipart_upload(**asked, **begun)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, start=1):
        algorithm = {"ChecksumAlgorithm": begun["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in begun else {}
        sent = s3.upload_part(**asked, PartNumber=number, Body=body, **algorithm)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], **({name: sent[name]} if name else {})})
    return asked, parts


@pytest.mark.parametrize(("algorithm", "digest"), [("CRC32", crc32), ("SHA256", sha256)])
def test_the_checksum_of_parts_is_told_as_one(s3: Any, algorithm: str, digest: Digest) -> None:
    name, key = f"Checksum{algorithm}", f"composite-{algorithm}"
    expected = told(digest(digest(FIRST) + digest(SECOND)))
    asked, parts = upload(s3, key, FIRST, SECOND, name=name, ChecksumAlgorithm=algorithm)
    assert [part[name] for part in parts] == [told(digest(FIRST)), told(digest(SECOND))]
    listed = s3.list_parts(**asked)
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == (algorithm, "COMPOSITE")
    assert [part[name] for part in listed["Parts"]] == [part[name] for part in parts]

    done = s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts})

    here = {"Bucket": BUCKET, "Key": key}
    found = s3.head_object(**here, ChecksumMode="ENABLED")
    got = s3.get_object(**here, ChecksumMode="ENABLED")
    for answer in (done, found, got):
        assert (answer[name], answer["ChecksumType"]) == (f"{expected}-2", "COMPOSITE")
    assert got["Body"].read() == FIRST + SECOND
    bare = s3.head_object(**here)
    assert not {name, "ChecksumType"} & bare.keys()
    assert "x-amz-checksum-algorithm" not in bare["ResponseMetadata"]["HTTPHeaders"]
    attributes = s3.get_object_attributes(**here, ObjectAttributes=["Checksum", "ObjectParts", "ObjectSize"])
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html: the number stands apart.
    assert attributes["Checksum"] == {name: expected, "ChecksumType": "COMPOSITE"}
    assert attributes["ObjectParts"] == {
        "TotalPartsCount": 2,
        "Parts": [
            {"PartNumber": 1, "Size": SIZE, name: parts[0][name]},
            {"PartNumber": 2, "Size": 1, name: parts[1][name]},
        ],
    }


def test_the_checksum_of_the_whole_is_told_of_an_object_in_parts(s3: Any) -> None:
    asked, parts = upload(s3, "full", FIRST, SECOND, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    expected = told(crc32(FIRST + SECOND))

    # Its parts need no checksum in the completion.
    done = s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts}, ChecksumType="FULL_OBJECT")

    here = {"Bucket": BUCKET, "Key": "full"}
    for answer in (done, s3.head_object(**here, ChecksumMode="ENABLED"), s3.get_object(**here)):
        assert (answer["ChecksumCRC32"], answer["ChecksumType"]) == (expected, "FULL_OBJECT")
    attributes = s3.get_object_attributes(**here, ObjectAttributes=["Checksum"])
    assert attributes["Checksum"] == {"ChecksumCRC32": expected, "ChecksumType": "FULL_OBJECT"}
    assert "ObjectParts" not in attributes


def test_an_upload_without_an_algorithm_gets_the_default_of_s3(s3: Any) -> None:
    asked, parts = upload(s3, "default", b"body")

    done = s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts})

    # CRC-64/NVME of "body", by the polynomial of the NVM Express base specification.
    expected = told(_crc64(b"body"))
    found = s3.get_object_attributes(Bucket=BUCKET, Key="default", ObjectAttributes=["Checksum", "ObjectParts"])
    assert (done["ChecksumCRC64NVME"], done["ChecksumType"]) == (expected, "FULL_OBJECT")
    assert found["Checksum"] == {"ChecksumCRC64NVME": expected, "ChecksumType": "FULL_OBJECT"}
    assert found["ObjectParts"] == {"TotalPartsCount": 1}


def _crc64(body: bytes) -> bytes:
    value = ones = 2**64 - 1
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x9A6C9329AC4BC9B5 if value & 1 else 0)
    return (value ^ ones).to_bytes(8, "big")


def test_an_object_tells_its_checksum_and_copies_have_one_of_the_whole(s3: Any) -> None:
    put = s3.put_object(Bucket=BUCKET, Key="one", Body=b"x", ChecksumAlgorithm="SHA256")
    assert (put["ChecksumSHA256"], put["ChecksumType"]) == (told(sha256(b"x")), "FULL_OBJECT")
    asked, parts = upload(s3, "source", FIRST, SECOND, name="ChecksumSHA256", ChecksumAlgorithm="SHA256")
    s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts})

    copied = s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/source")["CopyObjectResult"]

    found = s3.head_object(Bucket=BUCKET, Key="copy", ChecksumMode="ENABLED")
    for answer in (copied, found):
        assert (answer["ChecksumSHA256"], answer["ChecksumType"]) == (told(sha256(FIRST + SECOND)), "FULL_OBJECT")


def test_parts_that_are_copied_have_checksums(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="large", Body=FIRST)
    asked, _ = upload(s3, "copied", ChecksumAlgorithm="SHA256")

    part = s3.upload_part_copy(**asked, PartNumber=1, CopySource=f"{BUCKET}/large")["CopyPartResult"]

    assert part["ChecksumSHA256"] == told(sha256(FIRST))
    parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
    done = s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts})
    assert done["ChecksumSHA256"] == f"{told(sha256(sha256(FIRST)))}-1"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_a_file_is_uploaded_and_copied_in_parts_by_the_sdk(s3: Any, tmp_path: Any, algorithm: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(FIRST + SECOND)
    parts = TransferConfig(multipart_threshold=SIZE, multipart_chunksize=SIZE)
    more = {"ChecksumAlgorithm": algorithm}

    s3.upload_file(str(path), BUCKET, "file", ExtraArgs=more, Config=parts)
    s3.copy({"Bucket": BUCKET, "Key": "file"}, BUCKET, "file-copy", ExtraArgs=more, Config=parts)

    assert s3.get_object(Bucket=BUCKET, Key="file-copy")["Body"].read() == FIRST + SECOND
    one, other = (s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED") for key in ("file", "file-copy"))
    assert one[f"Checksum{algorithm}"] == other[f"Checksum{algorithm}"]
    assert one["ChecksumType"] == "COMPOSITE"


@pytest.mark.parametrize(
    ("begun", "message"),
    [
        (
            {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"},
            "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.",
        ),
        (
            {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"},
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
        (
            {"ChecksumType": "COMPOSITE"},
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        ),
    ],
)
def test_an_upload_is_begun_with_what_goes_together(s3: Any, begun: dict[str, Any], message: str) -> None:
    assert error_of(s3.create_multipart_upload, Bucket=BUCKET, Key="k", **begun) == ("InvalidRequest", message)


def test_a_part_has_the_checksum_of_its_upload(s3: Any) -> None:
    asked, parts = upload(s3, "mixed", b"x", ChecksumAlgorithm="SHA256")

    assert error_of(s3.upload_part, **asked, PartNumber=2, Body=b"y", ChecksumAlgorithm="CRC32") == (
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    )
    code, message = error_of(s3.complete_multipart_upload, **asked, MultipartUpload={"Parts": parts})
    assert code == "InvalidRequest"
    assert message == (
        "The upload was created using a sha256 checksum. The complete request must include the checksum for each part. "
        "It was missing for part 1 in the request."
    )


UNSIGNED, WITH_SIGNATURES = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
ENDED = b"<Message>The request body terminated unexpectedly</Message>"
OTHER = b"<Message>You did not provide the number of bytes specified by the Content-Length HTTP header</Message>"


@pytest.mark.parametrize(
    ("kind", "body", "length", "message"),
    [
        (UNSIGNED, b"3\r\nabc\r\n", 3, ENDED),
        (UNSIGNED, b"3\r\nab", 3, ENDED),
        (UNSIGNED, b"3\r\nabc\r\n0\r\n\r\n", 5, OTHER),
        (UNSIGNED, b"3\r\nabc\r\n0\r\n\r\n", 2, OTHER),
        (UNSIGNED, b"", 3, ENDED),
        (WITH_SIGNATURES, b"3;chunk-signature=00\r\nabc\r\n", 3, ENDED),
        (WITH_SIGNATURES, b"5;chunk-signature=00\r\nabc", 5, ENDED),
        (WITH_SIGNATURES, b"3;chunk-signature=00\r\nabc\r\n0;chunk-signature=00\r\n\r\n", 9, OTHER),
    ],
)
def test_a_body_that_is_cut_short_is_not_stored(
    cloud: RunningCloud, s3: Any, kind: str, body: bytes, length: int, message: bytes
) -> None:
    part = {"Bucket": BUCKET, "Key": "short"}
    upload_id = s3.create_multipart_upload(**part)["UploadId"]
    headers = {**SIGNED, "x-amz-content-sha256": kind, "x-amz-decoded-content-length": str(length)}
    for path in (f"/{BUCKET}/short", f"/{BUCKET}/short?uploadId={upload_id}&partNumber=1"):
        connection = http.client.HTTPConnection("127.0.0.1", cloud.settings.port, timeout=600)
        connection.request("PUT", path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status == 400
        assert b"<Code>IncompleteBody</Code>" in content
        assert message in content

    assert error_of(s3.head_object, **part)[0] == "404"
    assert "Parts" not in s3.list_parts(**part, UploadId=upload_id)
