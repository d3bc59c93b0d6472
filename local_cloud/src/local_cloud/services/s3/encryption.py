"""The customer-managed keys that encrypt what S3 keeps, and those that a request makes it use.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from collections.abc import Mapping
from typing import Any

from local_cloud.services import kms
from local_cloud.services.s3.refusals import RefusedRequestError

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_BEGINS = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
_GOES_ON = frozenset({"UploadPart", "UploadPartCopy", "CompleteMultipartUpload"})


def of_object(stored: Any) -> str | None:
    """The key of one of moto's objects, None for one that is encrypted without KMS."""
    if not str(getattr(stored, "encryption", None) or "").startswith("aws:kms"):
        return None
    return str(stored.kms_key_id) if stored.kms_key_id else None


def of_new_object(headers: Mapping[str, str], bucket: Any) -> str | None:
    """The key that an object gets, or all parts of an upload.

    Args:
        headers: of the request that makes it.
        bucket: moto's, whose own encryption counts if the request says nothing of it.
    """
    return _of_settings(headers.get(_ALGORITHM), headers.get(_KEY), bucket)


def check_state(key_id: str | None, bucket: Any) -> None:
    """Refuse the use of a key that is disabled, waits for its deletion or is not there, whoever asks for it.

    Args:
        key_id: as it was given, None for what is encrypted without KMS.
        bucket: moto's.

    Raises:
        RefusedRequestError: it cannot be used.
    """
    if key_id and (found := kms.unusable(key_id, account_id=bucket.account_id, region=bucket.region_name)):
        code, message = found
        raise RefusedRequestError(f"KMS.{code}", message)


def of_request(operation: str, headers: Mapping[str, str], bucket: Any, *, stored: Any, upload_id: str) -> str | None:
    """The key that a request to a bucket makes S3 use; the source of a copy has one of its own.

    Args:
        operation: as its model names it.
        headers: of the request.
        bucket: moto's.
        stored: the object that is asked for, None if there is none.
        upload_id: of the upload in parts, empty without one.
    """
    if operation in _BEGINS:
        return of_new_object(headers, bucket)
    if operation in _GOES_ON:
        upload = bucket.multiparts.get(upload_id)
        return _of_settings(upload.sse_encryption, upload.kms_key_id, bucket) if upload else None
    if operation == "GetObject" or (operation == "HeadObject" and _asks_checksum(headers, stored)):
        return of_object(stored)
    return None


def _asks_checksum(headers: Mapping[str, str], stored: Any) -> bool:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html: ChecksumMode takes the use of the key.
    return headers.get("x-amz-checksum-mode") == "ENABLED" and bool(getattr(stored, "checksum_value", None))


def _of_settings(algorithm: str | None, key_id: str | None, bucket: Any) -> str | None:
    rule = (bucket.encryption or {}).get("Rule") or {}
    rule = rule[0] if isinstance(rule, list) else rule
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    if algorithm == "AES256":
        return None
    found = key_id or default.get("KMSMasterKeyID")
    return str(found) if found else None
