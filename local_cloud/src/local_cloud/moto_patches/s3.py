"""Faults of moto's S3."""

import uuid
from typing import Any
from xml.etree import ElementTree as ET

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    log_permissions()
    digests()
    policies()
    new_buckets()
    lifecycles()
    checksums()
    payers()


@patching.owner
def log_permissions() -> None:
    """Access logs are refused until the target's policy allows their delivery; AWS looks at it when it delivers.

    CDK's policy of the target names the source bucket, so it can only be made after the source and its logging.
    """
    from moto.s3.models import FakeBucket

    def permitted(**_: Any) -> bool:
        return True

    patching.replace(FakeBucket, "_log_permissions_enabled_policy", staticmethod(permitted))


@patching.owner
def digests() -> None:
    """An object's first ETag is computed without its lock, so that a read meanwhile gets a part of the body."""
    from moto.s3.models import FakeKey

    compute = FakeKey.etag.fget

    def etag(self: Any) -> Any:
        with self.lock:
            return compute(self)

    patching.replace(FakeKey, "etag", property(etag))


@patching.owner
def policies() -> None:
    """Any text is taken for a bucket policy, and one for everybody even where the bucket blocks such policies."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import S3Backend
    from moto.s3.utils import bucket_policy_is_public

    from local_cloud.services.iam import policy as policies_of_iam

    put = S3Backend.put_bucket_policy

    def put_bucket_policy(self: Any, bucket_name: str, policy: bytes) -> None:
        if not policy.startswith(b"{"):
            raise S3ClientError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
        try:
            policies_of_iam.check(policy)
        except policies_of_iam.MalformedPolicyError as error:
            raise S3ClientError("MalformedPolicy", str(error)) from error
        blocked = self.get_bucket(bucket_name).public_access_block
        if blocked is not None and blocked.block_public_policy and bucket_policy_is_public(policy):
            raise S3ClientError(
                "AccessDenied",
                "The policy is for everybody, and public policies are prevented by the BlockPublicPolicy setting in "
                "S3 Block Public Access.",
            )
        put(self, bucket_name, policy)

    patching.replace(S3Backend, "put_bucket_policy", put_bucket_policy)


@patching.owner
def new_buckets() -> None:
    """A new bucket has neither encryption nor owner's controls nor blocks, which AWS gives each since 2023.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html and
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """
    from moto.s3.models import PublicAccessBlock, S3Backend

    from local_cloud.services.s3.access_lists import ENFORCED

    make, get, delete = S3Backend.create_bucket, S3Backend.get_bucket_encryption, S3Backend.delete_bucket_encryption

    def default() -> dict[str, Any]:
        return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}

    def create_bucket(self: Any, *positional: Any, **named: Any) -> Any:
        bucket = make(self, *positional, **named)
        bucket.encryption, bucket.ownership_rule = default(), ENFORCED
        bucket.public_access_block = PublicAccessBlock(*["true"] * 4)
        return bucket

    def get_bucket_encryption(self: Any, bucket_name: str) -> Any:
        return get(self, bucket_name) or default()

    def delete_bucket_encryption(self: Any, bucket_name: str) -> None:
        delete(self, bucket_name)
        self.get_bucket(bucket_name).encryption = default()

    patching.replace(S3Backend, "create_bucket", create_bucket)
    patching.replace(S3Backend, "get_bucket_encryption", get_bucket_encryption)
    patching.replace(S3Backend, "delete_bucket_encryption", delete_bucket_encryption)


@patching.owner
def lifecycles() -> None:
    """Rules lose the sizes of their filters, so that they hold for all objects, and NewerNoncurrentVersions."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    put, get = S3Response._bucket_response_put, S3Response.get_bucket_lifecycle
    delete = FakeBucket.delete_lifecycle

    def put_what_is_kept(self: Any, request: Any, bucket_name: str, query: dict[str, Any]) -> Any:
        answer = put(self, request, bucket_name, query)
        if "lifecycle" in query:
            self.backend.get_bucket(bucket_name).lc_lifecycle = _with_ids(self.body)
        return answer

    def get_bucket_lifecycle(self: Any) -> Any:
        status, headers, body = get(self)
        return status, headers, getattr(self.backend.get_bucket(self.bucket_name), "lc_lifecycle", None) or body

    def delete_lifecycle(self: Any) -> None:
        self.lc_lifecycle = None
        delete(self)

    patching.replace(
        S3Response,
        "_bucket_response_put",
        put_what_is_kept,
        after="moto_patches.s3_requests.versioning_without_a_status",
    )
    patching.replace(S3Response, "get_bucket_lifecycle", get_bucket_lifecycle)
    patching.replace(FakeBucket, "delete_lifecycle", delete_lifecycle)


def _with_ids(body: bytes) -> bytes:
    """A lifecycle as it was sent, with an id for each rule that has none."""
    root = ET.fromstring(body)  # noqa: S314  # of the caller's own
    namespace = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    for rule in root.findall(f"{namespace}Rule"):
        if not rule.findtext(f"{namespace}ID"):
            ET.SubElement(rule, f"{namespace}ID").text = str(uuid.uuid4())
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


@patching.owner
def checksums() -> None:
    """CRC-32C and CRC-64/NVME are those of CRC-32 where a library is missing."""
    import base64

    from moto.s3 import models, responses

    from local_cloud.services.s3 import checksums as own

    def compute_checksum(body: bytes, algorithm: str, encode_base64: bool = True) -> bytes:
        found = own.digest(bytes(body), algorithm)
        return base64.b64encode(found) if encode_base64 else found

    patching.replace(models, "compute_checksum", compute_checksum)
    patching.replace(responses, "compute_checksum", compute_checksum)


@patching.owner
def payers() -> None:
    """GetBucketRequestPayment is answered with a list of the bucket's objects."""
    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response

    get = S3Response._bucket_response_get

    def get_or_tell(self: Any, bucket_name: str, query: dict[str, Any]) -> Any:
        if "requestPayment" not in query:
            return get(self, bucket_name, query)
        self._set_action("BUCKET", "GET", query)
        self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
        self.backend.head_bucket(bucket_name)
        self.data["Action"] = "GetBucketRequestPayment"
        # PutBucketRequestPayment is not emulated.
        return self.serialized(ActionResult({"Payer": "BucketOwner"}))

    patching.replace(S3Response, "_bucket_response_get", get_or_tell)
