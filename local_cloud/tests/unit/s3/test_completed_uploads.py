"""What a client says of the whole when its upload is complete.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
import zlib

import pytest

from local_cloud.services.s3 import checksums
from local_cloud.services.s3.refusals import RefusedRequestError

PARTS = [b"first", b"second"]


def crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


WHOLE = base64.b64encode(crc32(b"firstsecond")).decode()
OF_PARTS = base64.b64encode(crc32(crc32(b"first") + crc32(b"second"))).decode()


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, ""),
        ({"x-amz-mp-object-size": "11"}, ""),
        ({"x-amz-checksum-crc32": OF_PARTS}, ""),
        ({"x-amz-checksum-crc32": f"{OF_PARTS}-2"}, "COMPOSITE"),
        ({"x-amz-checksum-crc32": WHOLE, "x-amz-checksum-type": "FULL_OBJECT"}, "FULL_OBJECT"),
    ],
)
def test_what_is_right_is_taken(headers: dict[str, str], kind: str) -> None:
    checksums.check_upload(headers, PARTS, kind=kind)


@pytest.mark.parametrize(
    ("headers", "kind", "code"),
    [
        ({"x-amz-mp-object-size": "12"}, "", "InvalidRequest"),
        ({"x-amz-checksum-crc32": WHOLE}, "COMPOSITE", "BadDigest"),
        ({"x-amz-checksum-crc32": OF_PARTS}, "FULL_OBJECT", "BadDigest"),
        ({"x-amz-checksum-crc32": "junk"}, "", "BadDigest"),
        ({"x-amz-checksum-type": "FULL_OBJECT"}, "COMPOSITE", "InvalidRequest"),
    ],
)
def test_what_is_wrong_is_refused(headers: dict[str, str], kind: str, code: str) -> None:
    with pytest.raises(RefusedRequestError) as refused:
        checksums.check_upload(headers, PARTS, kind=kind)

    assert refused.value.code == code
