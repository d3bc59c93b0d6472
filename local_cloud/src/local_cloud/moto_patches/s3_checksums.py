"""Faults of moto's S3 with the checksums that it keeps and tells.

Reference: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    kept_checksums()
    kinds_of_uploads()
    checksums_of_parts()
    completed_uploads()
    copies()
    told_checksums()
    answers()


@patching.owner
def kept_checksums() -> None:
    """Checksums are kept only of SDKs that name their algorithm apart, and can be those of the chunks' frames.

    An object without any gets S3's own, CRC-64/NVME.
    """
    from moto.s3.responses import S3Response

    from local_cloud.services.s3 import checksums

    def get_checksum(self: Any, response_headers: dict[str, Any]) -> tuple[str, str | None]:
        found = checksums.given(self.headers, self.raw_body or b"")
        algorithm = str(self.headers.get("x-amz-sdk-checksum-algorithm") or "").upper()
        is_object = not {"uploadId", "acl", "tagging"} & self.querystring.keys()
        if found is None:
            algorithm = algorithm or (checksums.DEFAULT if is_object else "")
            if not algorithm:
                return "", None
            found = algorithm, checksums.encoded(self.body or b"", algorithm)
        response_headers[f"x-amz-checksum-{found[0].lower()}"] = found[1]
        if is_object:
            response_headers["x-amz-checksum-type"] = checksums.FULL_OBJECT
        return found

    patching.replace(S3Response, "_get_checksum", get_checksum)


@patching.owner
def kinds_of_uploads() -> None:
    """An upload is begun with any kind of checksum, and does not tell which it has if nobody asked for one."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import S3Backend

    from local_cloud.services.s3 import checksums
    from local_cloud.services.s3.refusals import RefusedRequestError

    create = S3Backend.create_multipart_upload

    def create_multipart_upload(self: Any, bucket_name: str, key_name: str, metadata: Any, *rest: Any) -> Any:
        algorithm = str(metadata.get("x-amz-checksum-algorithm") or "").upper()
        try:
            kind = checksums.kind_of_upload(algorithm, metadata.get("x-amz-checksum-type") or "")
        except RefusedRequestError as error:
            raise S3ClientError(error.code, error.message) from error
        if kind:
            metadata["x-amz-checksum-algorithm"], metadata["x-amz-checksum-type"] = algorithm, kind
        return create(self, bucket_name, key_name, metadata, *rest)

    patching.replace(S3Backend, "create_multipart_upload", create_multipart_upload)


@patching.owner
def checksums_of_parts() -> None:
    """Parts have no checksums, whichever their upload was begun with."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    from local_cloud.services.s3 import checksums

    upload_part, set_part = S3Response.upload_part, S3Backend.upload_part
    copy_part = S3Backend.upload_part_copy

    def check_algorithm(self: Any) -> Any:
        upload = self.backend.get_bucket(self.bucket_name).multiparts.get(self._get_param("uploadId"))
        expected = upload.metadata.get("x-amz-checksum-algorithm") if upload else None
        found = checksums.given(self.headers, self.raw_body or b"")
        actual = found[0] if found else None
        if expected and expected != actual:
            raise S3ClientError(
                "InvalidRequest",
                f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, actual checksum Type: "
                f"{actual.lower() if actual else 'null'}",
            )
        return upload_part(self)

    def with_checksum(backend: Any, bucket_name: str, upload_id: str, part: Any) -> Any:
        algorithm = backend.get_bucket(bucket_name).multiparts[upload_id].metadata.get("x-amz-checksum-algorithm")
        if algorithm:
            part.checksum_algorithm, part.checksum_value = algorithm, checksums.encoded(part.value, algorithm)
        return part

    def set_part_with_checksum(self: Any, bucket_name: str, upload_id: str, *rest: Any, **named: Any) -> Any:
        return with_checksum(self, bucket_name, upload_id, set_part(self, bucket_name, upload_id, *rest, **named))

    def copy_part_with_checksum(self: Any, bucket_name: str, upload_id: str, *rest: Any, **named: Any) -> Any:
        return with_checksum(self, bucket_name, upload_id, copy_part(self, bucket_name, upload_id, *rest, **named))

    patching.replace(S3Response, "upload_part", check_algorithm)
    patching.replace(S3Backend, "upload_part", set_part_with_checksum)
    patching.replace(S3Backend, "upload_part_copy", copy_part_with_checksum)


@patching.owner
def completed_uploads() -> None:
    """An object in parts forgets its default checksum and those of its parts, and has those headers as metadata.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    from moto.s3.models import S3Backend

    from local_cloud.services.s3 import checksums

    complete = S3Backend.complete_multipart_upload

    def complete_multipart_upload(self: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
        upload, named = self.get_bucket(bucket_name).multiparts.get(multipart_id), list(body)
        key = complete(self, bucket_name, multipart_id, iter(named))
        if key is not None and upload is not None:
            key.checksum_algorithm = upload.metadata.get("x-amz-checksum-algorithm") or checksums.DEFAULT
            for name in ("x-amz-checksum-algorithm", "x-amz-checksum-type"):
                key.metadata.pop(name, None)
            parts = [(number, upload.parts[number]) for number, _ in named]
            key.lc_parts = [
                {"PartNumber": number, "Size": part.size, **_member(part.checksum_algorithm, part.checksum_value)}
                for number, part in parts
            ]
        return key

    patching.replace(
        S3Backend,
        "complete_multipart_upload",
        complete_multipart_upload,
        after="moto_patches.s3_requests.what_is_missing",
    )


def _member(algorithm: str | None, value: str | None) -> dict[str, str]:
    return {f"Checksum{algorithm}": value} if algorithm and value else {}


@patching.owner
def copies() -> None:
    """A copy of an object in parts keeps the checksum of its parts; copied at once, it has one of the whole.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    from moto.s3.models import S3Backend

    from local_cloud.services.s3 import checksums

    copy = S3Backend.copy_object

    def copy_object(
        self: Any, src_key: Any, dest_bucket_name: str, dest_key_name: str, *rest: Any, **named: Any
    ) -> None:
        copy(self, src_key, dest_bucket_name, dest_key_name, *rest, **named)
        key = self.get_object(dest_bucket_name, dest_key_name)
        if src_key.checksum_type == checksums.COMPOSITE:
            key.checksum_value = checksums.encoded(key.value, key.checksum_algorithm)

    patching.replace(S3Backend, "copy_object", copy_object)


def _kind(key: Any) -> str:
    from local_cloud.services.s3 import checksums

    return str(key.checksum_type or checksums.FULL_OBJECT)


def _whole(key: Any) -> dict[str, str]:
    """Members that tell the checksum of an object, with the number of parts that it is of."""
    from local_cloud.services.s3 import checksums

    if not key.checksum_algorithm or not key.checksum_value:
        return {}
    parts = f"-{key.checksum_parts}" if _kind(key) == checksums.COMPOSITE else ""
    return {f"Checksum{key.checksum_algorithm}": f"{key.checksum_value}{parts}", "ChecksumType": _kind(key)}


@patching.owner
def told_checksums() -> None:
    """HeadObject tells a checksum of parts as one of the whole, and neither it nor GetObject says of what it is.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    from moto.s3.responses import S3Response

    head, get = S3Response.head_object, S3Response.get_object
    ok = 200

    def headers_of(key: Any) -> dict[str, str]:
        return {
            "x-amz-checksum-type" if name == "ChecksumType" else f"x-amz-checksum-{name[8:].lower()}": value
            for name, value in _whole(key).items()
        }

    def head_object(self: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        status, told, body = head(self, bucket_name, query, key_name, headers)
        if status == ok and headers.get("x-amz-checksum-mode") == "ENABLED" and "partNumber" not in query:
            version_id = query.get("versionId", [None])[0]
            told.update(headers_of(self.backend.get_object(bucket_name, key_name, version_id=version_id)))
        return status, told, body

    def get_object(self: Any) -> Any:
        status, told, body = get(self)
        if status == ok and self.headers.get("x-amz-checksum-mode") == "ENABLED":
            told.update(headers_of(self._get_key()[0]))
        return status, told, body

    patching.replace(S3Response, "head_object", head_object)
    patching.replace(S3Response, "get_object", get_object)


@patching.owner
def answers() -> None:
    """CompleteMultipartUpload, copies, ListParts and GetObjectAttributes leave out checksums, their kinds and parts.

    Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
    """
    from moto.s3.responses import S3Response

    serialize = S3Response.serialized

    def serialized(self: Any, result: Any) -> Any:
        add, told = _MORE.get(self.data.get("Action")), result.result
        if add is not None and isinstance(told, dict):
            add(self, told)
        return serialize(self, result)

    patching.replace(S3Response, "serialized", serialized)


def _of_completed(response: Any, told: dict[str, Any]) -> None:
    told.update(_whole(response.backend.get_object(response.bucket_name, told["Key"])))


def _of_copy(response: Any, told: dict[str, Any]) -> None:
    told["CopyObjectResult"].update(
        _whole(response.backend.get_object(response.bucket_name, response.parse_key_name()))
    )


def _of_upload(response: Any) -> Any:
    uploads = response.backend.get_bucket(response.bucket_name).multiparts
    return uploads[response.querystring["uploadId"][0]]


def _of_copied_part(response: Any, told: dict[str, Any]) -> None:
    part = _of_upload(response).parts[int(response.querystring["partNumber"][0])]
    told["CopyPartResult"].update(_member(part.checksum_algorithm, part.checksum_value))


def _of_listed_parts(response: Any, told: dict[str, Any]) -> None:
    upload = _of_upload(response)
    for part in told["Parts"]:
        found = upload.parts[part["PartNumber"]]
        part.update(_member(found.checksum_algorithm, found.checksum_value))
    if algorithm := upload.metadata.get("x-amz-checksum-algorithm"):
        told |= {"ChecksumAlgorithm": algorithm, "ChecksumType": upload.metadata["x-amz-checksum-type"]}


def _of_attributes(response: Any, told: dict[str, Any]) -> None:
    key, asked = response._get_key(validate_storage_class=False)[0], response.headers.get("x-amz-object-attributes", "")
    if told.get("Checksum"):
        # Here the number of parts stands apart.
        told["Checksum"] = {**_member(key.checksum_algorithm, key.checksum_value), "ChecksumType": _kind(key)}
    parts = getattr(key, "lc_parts", None)
    if parts is None or "ObjectParts" not in asked.split(","):
        return
    told["ObjectParts"] = {"TotalPartsCount": len(parts)}
    if any(len(part) > _BARE for part in parts):
        told["ObjectParts"]["Parts"] = parts


# Number and size of a part, without a checksum.
_BARE = 2
_MORE = {
    "CompleteMultipartUpload": _of_completed,
    "CopyObject": _of_copy,
    "UploadPartCopy": _of_copied_part,
    "ListParts": _of_listed_parts,
    "GetObjectAttributes": _of_attributes,
}
