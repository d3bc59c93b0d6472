"""Faults of moto's S3 with requests that are none."""

from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    methods()
    malformed_bodies()
    versioning_without_a_status()
    bodies_in_chunks()
    what_is_missing()
    canned_lists()
    bodies_of_objects()
    lists_of_buckets()


@patching.owner
def methods() -> None:
    """A method that a bucket or an object has not (POST of an object, PATCH) ends in an error of Python."""
    from moto.s3.exceptions import MethodNotAllowed
    from moto.s3.responses import ACTION_MAP, S3Response

    set_action = S3Response._set_action

    def set_known_action(self: Any, kind: str, method: str, query: dict[str, Any]) -> None:
        found = ACTION_MAP[kind][method]
        if "DEFAULT" not in found and not found.keys() & query.keys():
            raise MethodNotAllowed(method=method)
        set_action(self, kind, method, query)

    patching.replace(S3Response, "_set_action", set_known_action)


@patching.owner
def malformed_bodies() -> None:
    """A body that is no XML, or that of another request, ends in an error of Python, or in a bare status."""
    from moto.s3.exceptions import MalformedXML, MethodNotAllowed
    from moto.s3.responses import S3Response

    def answering(name: str) -> None:
        answer = getattr(S3Response, name)

        def answer_or_refuse(self: Any, request: Any, full_url: str) -> Any:
            try:
                return answer(self, request, full_url)
            except (ExpatError, ET.ParseError) as error:
                raise MalformedXML from error
            except NotImplementedError as error:
                raise MethodNotAllowed(method=request.method) from error

        patching.replace(S3Response, name, answer_or_refuse)

    def with_root(name: str, root: str) -> None:
        read = getattr(S3Response, name)

        def read_root(self: Any) -> Any:
            _check_root(self.body, root)
            return read(self)

        patching.replace(S3Response, name, read_root)

    answering("_bucket_response")
    answering("_key_response")
    for name, root in _ROOTS.items():
        with_root(name, root)


# What each method of moto reads from a body.
_ROOTS = {
    "_acl_from_body": "AccessControlPolicy",
    "_bucket_tagging_from_body": "Tagging",
    "_tagging_from_xml": "Tagging",
    "_parse_pab_config": "PublicAccessBlockConfiguration",
    "_ownership_rule_from_body": "OwnershipControls",
}


def _check_root(body: bytes, root: str) -> None:
    from moto.s3.exceptions import MalformedXML

    if ET.fromstring(body).tag.rpartition("}")[2] != root:  # noqa: S314  # of the caller's own
        raise MalformedXML


@patching.owner
def versioning_without_a_status() -> None:
    """PutBucketVersioning answers 404 without a word where its body is none."""
    from moto.s3.exceptions import MalformedXML
    from moto.s3.responses import S3Response

    put = S3Response._bucket_response_put

    def put_with_status(self: Any, request: Any, bucket_name: str, query: dict[str, Any]) -> Any:
        answer = put(self, request, bucket_name, query)
        if "versioning" in query and isinstance(answer, tuple) and answer[0] == _NOT_FOUND:
            raise MalformedXML
        return answer

    patching.replace(S3Response, "_bucket_response_put", put_with_status)


_NOT_FOUND = 404


@patching.owner
def bodies_in_chunks() -> None:
    """Chunks without their length end in an error of Python; those that are cut short are filled up and stored."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response

    from local_cloud.services.s3 import chunks
    from local_cloud.services.s3.refusals import RefusedRequestError

    setup, answer = S3Response.setup_class, S3Response._key_response

    def as_sent(_self: Any, body: bytes, *_: Any) -> bytes:
        return body

    def setup_class(self: Any, request: Any, *rest: Any, **named: Any) -> None:
        is_streamed = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        try:
            setup(self, request, *rest, **named)
            if is_streamed:
                self.body = chunks.decoded(self.raw_body or b"", int(request.headers["x-amz-decoded-content-length"]))
        except RefusedRequestError as error:
            self.lc_bad_chunks = error
        except (KeyError, ValueError):
            if not is_streamed:
                raise
            self.lc_bad_chunks = RefusedRequestError(
                "MissingContentLength", "You must provide x-amz-decoded-content-length and well-formed chunks."
            )

    def key_response(self: Any, request: Any, full_url: str) -> Any:
        if refused := getattr(self, "lc_bad_chunks", None):
            raise S3ClientError(refused.code, refused.message)
        return answer(self, request, full_url)

    for name in ("_handle_encoded_body", "_handle_v4_chunk_signatures"):
        patching.replace(S3Response, name, as_sent)
    patching.replace(S3Response, "setup_class", setup_class)
    patching.replace(S3Response, "_key_response", key_response, after="moto_patches.s3_requests.malformed_bodies")


@patching.owner
def what_is_missing() -> None:
    """An upload or an object that does not exist, or a part without a number, ends in an error of Python."""
    from moto.s3.exceptions import InvalidArgumentError, MissingKey, NoSuchUpload
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    complete, untag = S3Backend.complete_multipart_upload, S3Backend.delete_object_tagging
    number = S3Response._get_int_param

    def complete_multipart_upload(self: Any, bucket_name: str, multipart_id: str, *rest: Any, **named: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return complete(self, bucket_name, multipart_id, *rest, **named)

    def delete_object_tagging(self: Any, bucket_name: str, key_name: str, version_id: str | None = None) -> None:
        if self.get_object(bucket_name, key_name, version_id=version_id) is None:
            raise MissingKey(key=key_name)
        untag(self, bucket_name, key_name, version_id)

    def get_int_param(self: Any, name: str, *rest: Any) -> Any:
        try:
            return number(self, name, *rest)
        except ValueError as error:
            raise InvalidArgumentError(f"{name} must be an integer.", name, self._get_param(name)) from error

    patching.replace(S3Backend, "complete_multipart_upload", complete_multipart_upload)
    patching.replace(S3Backend, "delete_object_tagging", delete_object_tagging)
    patching.replace(S3Response, "_get_int_param", get_int_param)


@patching.owner
def canned_lists() -> None:
    """A canned list that does not exist ends in an error of Python."""
    from moto.s3 import models, responses
    from moto.s3.exceptions import InvalidArgumentError

    from local_cloud.services.s3.access_lists import CANNED

    get = models.get_canned_acl

    def get_canned_acl(name: str) -> Any:
        if name not in CANNED:
            raise InvalidArgumentError(
                f"The canned ACL {name} does not exist; choose one of {', '.join(CANNED)}.", "x-amz-acl", name
            )
        return get(name)

    patching.replace(models, "get_canned_acl", get_canned_acl)
    patching.replace(responses, "get_canned_acl", get_canned_acl)


@patching.owner
def bodies_of_objects() -> None:
    """An object whose type is that of a form is read as one: nothing of it is stored, and its fields are parameters."""
    from moto.s3.responses import S3Response
    from werkzeug.datastructures import ImmutableMultiDict

    setup = S3Response.setup_class

    def setup_class(self: Any, request: Any, *rest: Any, **named: Any) -> None:
        if request.method == "PUT":
            request.get_data(cache=True, parse_form_data=False)
            # Werkzeug keeps what it found in a form here.
            request.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict())
        setup(self, request, *rest, **named)

    patching.replace(S3Response, "setup_class", setup_class, after="moto_patches.s3_requests.bodies_in_chunks")


@patching.owner
def lists_of_buckets() -> None:
    """ListBuckets leaves out what is more than MaxBuckets, and has no token for the rest."""
    from moto.s3.models import S3Backend

    list_buckets = S3Backend.list_buckets

    def list_all(self: Any, prefix: str | None = None, bucket_region: str | None = None, **_: Any) -> Any:
        return list_buckets(self, prefix=prefix, bucket_region=bucket_region, max_buckets=None)

    patching.replace(S3Backend, "list_buckets", list_all)
