"""S3: moto's, corrected, and with the decisions of services/iam instead of moto's own."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from local_cloud.kernel import not_emulated, patching
from local_cloud.kernel.services import Service


@patching.owner
def _permissions() -> None:
    """Bucket policies are read by moto too, which knows few of their elements; only services/iam decides here."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    patching.replace(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)


def _operation(response: Any) -> str:
    """By the name of its model; what moto keeps as the action is the permission that is needed."""
    found = response._get_action_from_method_and_request_uri(response.normalized_request)  # noqa: SLF001  # as below
    if not found:
        from moto.s3.exceptions import MethodNotAllowed

        raise MethodNotAllowed(method=response.method)
    return str(found)


def _bucket(name: str | None) -> Any | None:
    """Moto's, whoever owns it."""
    from moto.s3.models import s3_backends

    owner = s3_backends.bucket_accounts.get(name)
    return s3_backends[owner[1]][owner[0]].buckets.get(name) if owner else None


def _stored(bucket: Any, key_name: str, version_id: str | None) -> Any | None:
    """An object, None if there is none or only a marker of its deletion."""
    from moto.s3.models import s3_backends

    partition, account_id = s3_backends.bucket_accounts[bucket.name]
    return s3_backends[account_id][partition].get_object(bucket.name, key_name, version_id=version_id)


def _source(headers: Any) -> Any | None:
    """The object that a request copies, None if it copies none, or there is none."""
    source = unquote(headers.get("x-amz-copy-source", "")).lstrip("/")
    path, _, query = source.partition("?versionId=")
    bucket_name, _, key_name = path.partition("/")
    bucket = _bucket(bucket_name)
    return _stored(bucket, key_name, query or None) if bucket is not None and key_name else None


@patching.owner
def _emulated_only() -> None:
    """Requests to S3 take a way of their own through moto, past the list of what is emulated."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response

    check = S3Response._authenticate_and_authorize_s3_action  # noqa: SLF001  # every request comes past it

    def check_what_is_emulated(self: Any, *args: Any, **kwargs: Any) -> None:
        operation = _operation(self)
        if reason := not_emulated.refused(self, "s3", operation):
            raise S3ClientError(not_emulated.CODE, reason)
        check(self, *args, **kwargs)

    patching.replace(S3Response, "_authenticate_and_authorize_s3_action", check_what_is_emulated)


@patching.owner
def _checked() -> None:
    """Wrong digests, lists where none are taken, past URLs, other owners and keys of no use are accepted."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import s3_backends
    from moto.s3.responses import S3Response

    from local_cloud.services.s3 import access_lists, checksums, encryption, owners, presigned
    from local_cloud.services.s3.refusals import RefusedRequestError

    authorize = S3Response._authenticate_and_authorize_s3_action  # noqa: SLF001  # every request comes past it

    def check(response: Any, bucket_name: str | None, key_name: str | None) -> None:
        operation = _operation(response)
        headers, query = response.headers, response.querystring
        bucket = _bucket(bucket_name)
        if operation == "CreateBucket" and access_lists.contradicts(headers):
            raise S3ClientError(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )
        if bucket is not None and access_lists.is_refused(operation, headers, bucket.ownership_rule):
            raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        if bucket is not None and key_name:
            stored = _stored(bucket, key_name, query.get("versionId", [None])[0])
            upload_id = query.get("uploadId", [""])[0]
            key_id = encryption.of_request(operation, headers, bucket, stored=stored, upload_id=upload_id)
            encryption.check_state(key_id, bucket)
        if (source := _source(headers)) is not None:
            encryption.check_state(encryption.of_object(source), _bucket(source.bucket_name))
        # Those of a whole upload are of all of its parts.
        if response.method in {"PUT", "POST"} and operation != "CompleteMultipartUpload":
            checksums.check(headers, response.body or b"", response.raw_body or b"")

    def authorize_and_check(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        try:
            presigned.check(self.querystring, datetime.now(UTC))
            owners.check(self.headers, bucket_name, lambda name: s3_backends.bucket_accounts.get(name, (None, None))[1])
            authorize(self, bucket_name=bucket_name, key_name=key_name)
            check(self, bucket_name, key_name)
        except RefusedRequestError as error:
            raise S3ClientError(error.code, error.message) from error

    patching.replace(
        S3Response,
        "_authenticate_and_authorize_s3_action",
        authorize_and_check,
        after="services.s3._emulated_only",
    )


@patching.owner
def _conditional_copies() -> None:
    """Copies are made whatever their conditions say of the source."""
    from moto.s3.exceptions import PreconditionFailed
    from moto.s3.responses import S3Response

    from local_cloud.services.s3 import copy_conditions

    authorize = S3Response._authenticate_and_authorize_s3_action  # noqa: SLF001  # every request comes past it

    def check_source(response: Any) -> None:
        found = _source(response.headers)
        if found and not copy_conditions.hold(response.headers, etag=found.etag, modified=found.last_modified):
            raise PreconditionFailed("x-amz-copy-source-If")

    def authorize_and_look(self: Any, *args: Any, **kwargs: Any) -> None:
        authorize(self, *args, **kwargs)
        check_source(self)

    patching.replace(
        S3Response, "_authenticate_and_authorize_s3_action", authorize_and_look, after="services.s3._checked"
    )


def _patch() -> None:
    from local_cloud.moto_patches import s3, s3_checksums, s3_members, s3_requests

    s3_requests.install()
    s3.install()
    s3_members.install()
    s3_checksums.install()
    _permissions()
    _emulated_only()
    _checked()
    _conditional_copies()


SERVICE = Service(name="s3", backends=("s3",), keeps=("s3",), patch=_patch)
