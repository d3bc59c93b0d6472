"""Artifacts: zip archives in the pipeline's bucket, read and written as the action's role.

An archive that CodePipeline writes has no attributes of files: whoever unpacks it finds no permission to execute, and
in place of a symbolic link a file with the text of its target. One that a build or a person wrote has what they wrote.

References:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts.html#concepts-artifacts
    https://docs.aws.amazon.com/codepipeline/latest/userguide/troubleshooting.html#troubleshooting-file-permissions
    https://github.com/aws/aws-cdk/pull/14520: symbolic links
    https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import ClientError

from local_cloud.kernel import zip_archives
from local_cloud.kernel.zip_archives import ArchiveError
from local_cloud.services.codepipeline import client_errors
from local_cloud.services.codepipeline.action import ActionCall, ActionError, Artifact

_MIB = 1024 * 1024
# Of a source in a repository.
_MAXIMUM = 1024 * _MIB
# What is smaller never touches the disk.
_IN_MEMORY = 8 * _MIB
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


def fetch(call: ActionCall, artifact: Artifact, folder: Path, *, limit: int = _MAXIMUM) -> None:
    """Unpack an artifact.

    Args:
        call: the action's; its role reads.
        artifact: where it lies.
        folder: it is unpacked there.
        limit: bytes that the archive may have.

    Raises:
        ActionError: it is not there, too large or no zip archive, or the role may not read it.
    """
    with _archive(call, artifact, limit) as archive, _explained(artifact):
        zip_archives.unpack(archive, folder)


def read(call: ActionCall, artifact: Artifact, path: str, *, limit: int = _MAXIMUM) -> bytes:
    """One file of an artifact.

    Args:
        call: the action's; its role reads.
        artifact: where it lies.
        path: of the file, below the archive's root.
        limit: bytes that the archive may have.

    Raises:
        ActionError: it is not there, too large or no zip archive, or the role may not read it.
    """
    with _archive(call, artifact, limit) as archive, _explained(artifact):
        found = zip_archives.read(archive, path)
    if found is None:
        raise ActionError("JobFailed", f"File [{path}] does not exist in artifact [{artifact.name}]")
    return found


def read_object(call: ActionCall, artifact: Artifact, path: str, *, limit: int = _MAXIMUM) -> Mapping[str, Any]:
    """A file of an artifact that has a JSON object.

    Raises:
        ActionError: it has none, or cannot be read.
    """
    try:
        found = json.loads(read(call, artifact, path, limit=limit))
    except ValueError as error:
        raise ActionError("ConfigurationError", f"{path} of artifact {artifact.name} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ActionError("ConfigurationError", f"{path} of artifact {artifact.name} is no JSON object")
    return found


def store(call: ActionCall, artifact: Artifact, content: Path | Mapping[str, bytes], *, limit: int = _MAXIMUM) -> None:
    """Write an artifact, encrypted with the key of the pipeline's store when that has one.

    Args:
        call: the action's; its role writes.
        artifact: where it goes.
        content: a folder, or contents of files by their path.
        limit: bytes that the archive may have.

    Raises:
        ActionError: it is too large, or the role may not write it.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as archive:
        _write(content, archive)
        size = archive.tell()
        if size > limit:
            raise _too_large(artifact, size, limit)
        archive.seek(0)
        try:
            put(call, artifact, archive)
        except ClientError as error:
            raise _refused(artifact, error) from error


def put(call: ActionCall, artifact: Artifact, archive: bytes | IO[bytes]) -> None:
    """Write an archive where an artifact goes, encrypted with the key of the pipeline's store when that has one.

    Raises:
        ClientError: S3 refuses.
    """
    encryption = (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": artifact.encryption_key} if artifact.encryption_key else {}
    )
    call.session.client("s3").put_object(
        Bucket=artifact.bucket, Key=artifact.key, Body=archive, ContentType="application/zip", **encryption
    )


def _write(content: Path | Mapping[str, bytes], archive: IO[bytes]) -> None:
    if isinstance(content, Path):
        zip_archives.write(content, archive, with_attributes=False)
        return
    with tempfile.TemporaryDirectory() as folder:
        for path, data in content.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        zip_archives.write(Path(folder), archive, with_attributes=False)


@contextmanager
def _archive(call: ActionCall, artifact: Artifact, limit: int) -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as archive:
        try:
            found = call.session.client("s3").get_object(Bucket=artifact.bucket, Key=artifact.key)
        except ClientError as error:
            raise _refused(artifact, error) from error
        with found["Body"] as body:
            if found["ContentLength"] > limit:
                raise _too_large(artifact, found["ContentLength"], limit)
            shutil.copyfileobj(body, archive)
        archive.seek(0)
        yield archive


@contextmanager
def _explained(artifact: Artifact) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        raise ActionError("JobFailed", f"artifact {artifact.name} cannot be read: {error}") from error


def _too_large(artifact: Artifact, size: int, limit: int) -> ActionError:
    return ActionError(
        "JobFailed",
        f"artifact {artifact.name} has {size} bytes; this action takes up to {limit} bytes, make it smaller",
    )


def _refused(artifact: Artifact, error: ClientError) -> ActionError:
    """What CodePipeline says of a bucket that it cannot use; S3's own words name the role, the action and the resource.

    Reference: https://github.com/awslabs/aws-refarch-cross-account-pipeline/issues/1
    """
    if client_errors.is_denied(error):
        return ActionError(
            "PermissionError",
            "The service role or action role doesn't have the permissions required to access the Amazon S3 bucket "
            f"named {artifact.bucket}. Update the IAM role permissions, and then try again. Error: "
            f"Amazon S3:{client_errors.code_of(error)}:{client_errors.told(error, 's3')}",
        )
    if client_errors.code_of(error) in _MISSING:
        where = f"s3://{artifact.bucket}/{artifact.key}"
        return ActionError("JobFailed", f"artifact {artifact.name} is not at {where}; run the action that makes it")
    return client_errors.failure(error, "s3", doing="Error: Amazon S3:")
