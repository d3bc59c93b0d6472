"""Members of S3's requests that moto reads without doing anything with them."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    conditions_of_copies()
    completed_uploads()
    quiet_deletions()


@patching.owner
def conditions_of_copies() -> None:
    """A copy that must replace nothing (If-None-Match: *) replaces what is there."""
    from moto.s3.exceptions import PreconditionFailed
    from moto.s3.responses import S3Response

    copy = S3Response.copy_object

    def copy_object(self: Any) -> Any:
        if self.headers.get("If-None-Match") == "*" and self.backend.get_object(
            self.bucket_name, self.parse_key_name()
        ):
            raise PreconditionFailed("If-None-Match")
        return copy(self)

    patching.replace(S3Response, "copy_object", copy_object)


@patching.owner
def completed_uploads() -> None:
    """An upload is completed whatever checksums and size its client expects of the whole and of each part.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    from moto.s3.exceptions import InvalidPart, S3ClientError
    from moto.s3.responses import S3Response

    from local_cloud.services.s3 import checksums
    from local_cloud.services.s3.refusals import RefusedRequestError

    read = S3Response._complete_multipart_body

    def complete_multipart_body(self: Any, body: bytes) -> Any:
        named = list(read(self, body))
        upload = self.backend.get_bucket(self.bucket_name).multiparts.get(self.querystring["uploadId"][0])
        # Moto itself tells of a missing upload, and of missing parts.
        if upload is not None and all(number in upload.parts for number, _ in named):
            bodies = {number: upload.parts[number].value for number, _ in named}
            told = list(_checksums(body))
            if any(not checksums.is_of(value, bodies[number], name) for name, value, number in told):
                raise InvalidPart
            kind = upload.metadata.get("x-amz-checksum-type") or ""
            missing = [number for number, _ in named if number not in {each for _, _, each in told}]
            if kind == checksums.COMPOSITE and missing:
                algorithm = upload.metadata["x-amz-checksum-algorithm"].lower()
                raise S3ClientError(
                    "InvalidRequest",
                    f"The upload was created using a {algorithm} checksum. The complete request must include the "
                    f"checksum for each part. It was missing for part {missing[0]} in the request.",
                )
            try:
                checksums.check_upload(self.headers, list(bodies.values()), kind=kind)
            except RefusedRequestError as error:
                raise S3ClientError(error.code, error.message) from error
        return iter(named)

    patching.replace(S3Response, "_complete_multipart_body", complete_multipart_body)


def _checksums(body: bytes) -> Any:
    """Algorithm, value and number of each part whose checksum a completion names."""
    root = ET.fromstring(body)  # noqa: S314  # of the caller's own
    for part in root.iter():
        if part.tag.rpartition("}")[2] == "Part":
            members = {each.tag.rpartition("}")[2]: each.text or "" for each in part}
            for name, value in members.items():
                if name.startswith("Checksum"):
                    yield name.removeprefix("Checksum"), value, int(members["PartNumber"])


@patching.owner
def quiet_deletions() -> None:
    """DeleteObjects tells what was deleted, also to who asked to be told errors only."""
    from moto.s3.responses import S3Response

    delete = S3Response._bucket_response_delete_keys

    def delete_keys(self: Any, *positional: Any, **named: Any) -> Any:
        status, headers, body = delete(self, *positional, **named)
        quiet = next(
            (each.text for each in ET.fromstring(self.body) if each.tag.rpartition("}")[2] == "Quiet"),  # noqa: S314  # of the caller's own
            None,
        )
        if quiet == "true":
            body = re.sub(r"<Deleted>.*?</Deleted>", "", body, flags=re.DOTALL)
        return status, headers, body

    patching.replace(S3Response, "_bucket_response_delete_keys", delete_keys)
