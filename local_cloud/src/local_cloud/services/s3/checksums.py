"""Digests of what is uploaded: a body that is not what its sender says it is, is refused.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence

from local_cloud.services.s3.crc import crc
from local_cloud.services.s3.refusals import RefusedRequestError

_PREFIX = "x-amz-checksum-"
_LENGTHS = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
_MD5_LENGTH = 16
COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"
# What S3 adds to an object that comes without a checksum.
DEFAULT = "CRC64NVME"
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
    found = {name.lower(): value for name, value in headers.items()}
    if "content-md5" in found:
        _check_md5(found["content-md5"], body)
    if "x-amz-trailer" in found:
        found |= {name.decode(): value.decode() for name, value in _TRAILER.findall(raw[-_TRAILER_BYTES:])}
    for name, value in found.items():
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


def check_upload(headers: Mapping[str, str], parts: Sequence[bytes], *, kind: str) -> None:
    """Compare the parts of an upload with what its completion says of the whole.

    Args:
        headers: of the request.
        parts: in their order.
        kind: COMPOSITE or FULL_OBJECT, as the upload was begun; empty if that was not said.

    Raises:
        RefusedRequestError: something differs.
    """
    found = {name.lower(): value for name, value in headers.items()}
    asked = found.get("x-amz-checksum-type", "")
    if asked and kind and asked != kind:
        raise RefusedRequestError(
            "InvalidRequest",
            f"The upload was created using the {kind} checksum mode. The complete request must use the same checksum "
            "mode.",
        )
    size = sum(map(len, parts))
    if found.get("x-amz-mp-object-size", str(size)) != str(size):
        raise RefusedRequestError(
            "InvalidRequest", f"The size {found['x-amz-mp-object-size']} is not that of the parts, {size}."
        )
    for name, value in found.items():
        algorithm = name.removeprefix(_PREFIX).upper()
        if not name.startswith(_PREFIX) or algorithm not in _LENGTHS:
            continue
        is_whole = (kind or asked or kind_of_upload(algorithm, "")) == FULL_OBJECT
        body = b"".join(parts) if is_whole else b"".join(digest(part, algorithm) for part in parts)
        if not is_of(value.partition("-")[0], body, algorithm):
            raise RefusedRequestError(
                "BadDigest", f"The {algorithm} you specified did not match the calculated checksum."
            )


def kind_of_upload(algorithm: str, kind: str) -> str:
    """Whether the checksum of an object in parts is one of their checksums or of the whole; empty for none.

    Args:
        algorithm: that the upload is begun with; empty if that was not said.
        kind: COMPOSITE or FULL_OBJECT; empty if that was not said.

    Raises:
        RefusedRequestError: the two do not go together.
    """
    if not algorithm:
        if kind:
            raise RefusedRequestError(
                "InvalidRequest",
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            )
        return ""
    if algorithm not in _LENGTHS:
        raise RefusedRequestError(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(_LENGTHS)}]",
        )
    if (algorithm == DEFAULT and kind == COMPOSITE) or (algorithm.startswith("SHA") and kind == FULL_OBJECT):
        raise RefusedRequestError(
            "InvalidRequest",
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
        )
    return kind or (FULL_OBJECT if algorithm == DEFAULT else COMPOSITE)


def given(headers: Mapping[str, str], raw: bytes) -> tuple[str, str] | None:
    """Algorithm and value of the checksum that comes with a body, None without one.

    Args:
        headers: of the request.
        raw: what was sent, with the trailer of a body in chunks.
    """
    found = {name.lower(): value for name, value in headers.items()}
    if "x-amz-trailer" in found:
        found |= {name.decode(): value.decode() for name, value in _TRAILER.findall(raw[-_TRAILER_BYTES:])}
    for name, value in found.items():
        algorithm = name.removeprefix(_PREFIX).upper()
        if name.startswith(_PREFIX) and algorithm in _LENGTHS:
            return algorithm, value
    return None


def encoded(body: bytes, algorithm: str) -> str:
    """The digest of a body in base64, as headers have it."""
    return base64.b64encode(digest(body, algorithm)).decode()


def is_of(value: str, body: bytes, algorithm: str) -> bool:
    """Whether a checksum is that of a body.

    Args:
        value: in base64.
        body: to look at.
        algorithm: as S3 names it.
    """
    return _decoded(value) == digest(body, algorithm)


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
            return crc(body, bits=32).to_bytes(4, "big")
        case "CRC64NVME":
            return crc(body, bits=64).to_bytes(8, "big")
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
