"""Digests of what is uploaded: a body that is not what its sender says it is, is refused.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import base64
import binascii
import functools
import hashlib
import re
import zlib
from collections.abc import Mapping

from local_cloud.services.s3.refusals import RefusedRequestError

_PREFIX = "x-amz-checksum-"
# Reflected polynomials: RFC 3720 for CRC-32C, and the NVM Express base specification, 5.2.1.3.4, for CRC-64/NVME.
_CRC32C, _CRC64NVME = 0x82F63B78, 0x9A6C9329AC4BC9B5
_LENGTHS = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
_MD5_LENGTH = 16
# A checksum that is sent behind the body lies within so many bytes of its end.
_TRAILER_BYTES = 512
_TRAILER = re.compile(rb"\n(x-amz-checksum-\w+):([\w+/=]+)\s*(?:\r\n|\n|$)")


def check(headers: Mapping[str, str], body: bytes, raw: bytes) -> None:
    """Compare a body with the digests that came with it.

    Args:
        headers: of the request.
        body: what is to be stored.
        raw: what was sent, with the trailer of a body in chunks.

    Raises:
        RefusedRequestError: one differs, or is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    if "content-md5" in given:
        _check_md5(given["content-md5"], body)
    if "x-amz-trailer" in given:
        given |= {name.decode(): value.decode() for name, value in _TRAILER.findall(raw[-_TRAILER_BYTES:])}
    for name, value in given.items():
        algorithm = name.removeprefix(_PREFIX).upper()
        if not name.startswith(_PREFIX) or algorithm not in _LENGTHS:
            # As `x-amz-checksum-algorithm`, which says how.
            continue
        if len(_decoded(value)) != _LENGTHS[algorithm]:
            raise RefusedRequestError("InvalidRequest", f"Value for {name} header is invalid.")
        if base64.b64decode(value) != digest(body, algorithm):
            raise RefusedRequestError(
                "BadDigest", f"The {algorithm} you specified did not match the calculated checksum."
            )


def digest(body: bytes, algorithm: str) -> bytes:
    """Of a body.

    Args:
        body: to look at.
        algorithm: as S3 names it.
    """
    match algorithm:
        case "CRC32":
            return zlib.crc32(body).to_bytes(4, "big")
        case "CRC32C":
            return _crc(body, _CRC32C, bits=32).to_bytes(4, "big")
        case "CRC64NVME":
            return _crc(body, _CRC64NVME, bits=64).to_bytes(8, "big")
        case "SHA1":
            return hashlib.sha1(body, usedforsecurity=False).digest()
        case _:
            return hashlib.sha256(body).digest()


def _check_md5(value: str, body: bytes) -> None:
    if len(_decoded(value)) != _MD5_LENGTH:
        raise RefusedRequestError("InvalidDigest", "The Content-MD5 you specified is not valid.")
    if base64.b64decode(value) != hashlib.md5(body, usedforsecurity=False).digest():
        raise RefusedRequestError("BadDigest", "The Content-MD5 you specified did not match what we received.")


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def _crc(body: bytes, polynomial: int, *, bits: int) -> int:
    """A reflected CRC that starts with ones and is inverted at its end."""
    table, ones = _table(polynomial), (1 << bits) - 1
    value = ones
    for byte in body:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ ones


@functools.cache
def _table(polynomial: int) -> tuple[int, ...]:
    entries = []
    for entry in range(256):
        value = entry
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
        entries.append(value)
    return tuple(entries)
