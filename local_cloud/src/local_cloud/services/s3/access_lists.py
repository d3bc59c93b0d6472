"""Access control lists, which buckets do not take unless their owner said so.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from collections.abc import Mapping

ENFORCED = "BucketOwnerEnforced"
# They give the owner full control and nobody anything else. AWS documents the second; that it takes the first too is
# known from CDK's bootstrap, whose bucket is made with it.
_OWNERS = {"private", "bucket-owner-full-control"}
CANNED = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
)
_WITH_LIST = {"PutBucketAcl", "PutObjectAcl"}
_WITH_HEADERS = {"PutObject", "CopyObject", "CreateMultipartUpload", *_WITH_LIST}


def is_refused(operation: str, headers: Mapping[str, str], ownership: str | None) -> bool:
    """Whether a bucket does not take the access control list that a request brings.

    Args:
        operation: of the request.
        headers: of it.
        ownership: rule of the bucket.
    """
    if ownership != ENFORCED or operation not in _WITH_HEADERS:
        return False
    given = {name.lower(): value for name, value in headers.items()}
    if any(name.startswith("x-amz-grant-") for name in given):
        return True
    if operation in _WITH_LIST and "x-amz-acl" not in given:
        # The list is in the body.
        return True
    return given.get("x-amz-acl", "private") not in _OWNERS


def contradicts(headers: Mapping[str, str]) -> bool:
    """Whether a request makes a bucket with a list and with the ownership that takes none.

    Args:
        headers: of CreateBucket.
    """
    given = {name.lower(): value for name, value in headers.items()}
    grants = any(name.startswith("x-amz-grant-") for name in given)
    has_list = grants or given.get("x-amz-acl", "private") not in _OWNERS
    return has_list and given.get("x-amz-object-ownership", ENFORCED) == ENFORCED
