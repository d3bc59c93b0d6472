"""What a build leaves, and where that goes.

References:
    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.codebuild import patterns
from local_cloud.services.codebuild.buildspec import Artifact, BuildSpec
from local_cloud.services.codebuild.errors import PhaseError
from local_cloud.services.codebuild.order import BuildOrder
from local_cloud.services.codebuild.variables import told

_KEY_OF_S3 = "alias/aws/s3"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where an artifact goes.

    Args:
        identifier: of a secondary one; None for the primary one.
        bucket: of S3.
        key: of the object; of files that are not packed, what theirs begin with.
        is_packed: whether it is one archive.
        encryption_key: of KMS; None for the bucket's own way.
        takes_name: whether the specification's name takes the place of `key`'s last part.
    """

    identifier: str | None
    bucket: str
    key: str
    is_packed: bool
    encryption_key: str | None
    takes_name: bool = False


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """An artifact that lies in S3, as BatchGetBuilds tells it."""

    identifier: str | None
    location: str
    sha256: str | None = None
    md5: str | None = None

    def describe(self) -> dict[str, Any]:
        """BuildArtifacts."""
        told_ = {
            "location": self.location,
            "sha256sum": self.sha256,
            "md5sum": self.md5,
            "artifactIdentifier": self.identifier,
        }
        return {name: value for name, value in told_.items() if value is not None}


def targets(definition: Mapping[str, Any], order: BuildOrder, build_id: str) -> list[Target]:
    """Where a build's artifacts go, the primary one first."""
    if order.outputs:
        return [
            Target(
                identifier=item.name if index else None,
                bucket=item.bucket,
                key=item.key,
                is_packed=True,
                encryption_key=item.encryption_key,
            )
            for index, item in enumerate(order.outputs)
        ]
    declared = [definition["artifacts"], *(definition.get("secondaryArtifacts") or [])]
    return [
        _target(item, str(definition["name"]), str(definition["encryptionKey"]), build_id)
        for item in declared
        if item["type"] == "S3"
    ]


def _target(item: Mapping[str, Any], project: str, encryption_key: str, build_id: str) -> Target:
    identifier = item.get("artifactIdentifier")
    parts = [str(item.get("path") or "").strip("/")]
    if item.get("namespaceType") == "BUILD_ID":
        parts.append(build_id)
    name = str(item.get("name") or identifier or project)
    parts.append(name.strip("/"))
    return Target(
        identifier=identifier,
        bucket=str(item["location"]),
        key="/".join(part for part in parts if part),
        is_packed=item.get("packaging") == "ZIP",
        encryption_key=None if item.get("encryptionDisabled") else encryption_key,
        takes_name=bool(item.get("overrideArtifactName")),
    )


def upload(
    spec: BuildSpec,
    target: Target,
    *,
    folder: Path,
    scratch: Path,
    session: RoleSession,
    evaluate: Callable[[str], str],
) -> Uploaded:
    """Find the files of an artifact and copy them to S3.

    Args:
        spec: says which files.
        target: where they go.
        folder: of the primary source.
        scratch: takes the archive.
        session: the build's role.
        evaluate: reads a name as the shell does.

    Raises:
        PhaseError: there are none, or the role may not.
    """
    artifact = spec.secondary_artifacts.get(target.identifier) if target.identifier else spec.artifact
    if artifact is None and target.identifier is None and len(spec.secondary_artifacts) == 1:
        # A pipeline's only artifact may be the specification's only secondary one.
        (artifact,) = spec.secondary_artifacts.values()
    if artifact is None:
        which = f"secondary artifact {target.identifier}" if target.identifier else "primary artifact"
        raise PhaseError("CLIENT_ERROR", f"the build specification has no artifacts for the {which}")
    key = target.key
    if target.takes_name and artifact.name:
        key = "/".join([*key.split("/")[:-1], evaluate(artifact.name)])
    found = _files(artifact, folder)
    extra = _encryption(target.encryption_key)
    client = session.client("s3")
    try:
        if target.is_packed:
            archive = scratch / f"artifact-{target.identifier or 'primary'}.zip"
            pack(found, archive)
            content = archive.read_bytes()
            client.put_object(Bucket=target.bucket, Key=key, Body=content, **extra)
            return Uploaded(
                identifier=target.identifier,
                location=f"arn:aws:s3:::{target.bucket}/{key}",
                sha256=hashlib.sha256(content).hexdigest(),
                md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            )
        for name, path in found.items():
            client.put_object(Bucket=target.bucket, Key=f"{key}/{name}", Body=path.read_bytes(), **extra)
    except (ClientError, BotoCoreError) as error:
        raise PhaseError("CLIENT_ERROR", f"Error while uploading artifacts: {told(error)}") from error
    return Uploaded(identifier=target.identifier, location=f"arn:aws:s3:::{target.bucket}/{key}")


def _encryption(key: str | None) -> dict[str, str]:
    if key is None:
        return {}
    # The account's own key for S3 is what S3 takes when none is named.
    own = key.endswith(_KEY_OF_S3)
    return {"ServerSideEncryption": "aws:kms"} | ({} if own else {"SSEKMSKeyId": key})


def _files(artifact: Artifact, folder: Path) -> dict[str, Path]:
    """Files by their names in the artifact."""
    bases = patterns.folders(folder, artifact.base) if artifact.base else [folder]
    if not bases:
        raise PhaseError("CLIENT_ERROR", f"no matching base directory path found for {artifact.base}")
    found: dict[str, Path] = {}
    for base in bases:
        for path in patterns.files(base, artifact.files, excluded=artifact.excluded):
            found[path.name if artifact.discard_paths else path.relative_to(base).as_posix()] = path
    if not found:
        raise PhaseError("CLIENT_ERROR", "no matching artifact paths found")
    return found


def pack(found: Mapping[str, Path], archive: Path) -> None:
    """Put files into an archive, with their permissions."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, path in found.items():
            if path.is_symlink() and not path.exists():
                continue
            item = zipfile.ZipInfo(name, _EPOCH)
            item.external_attr = path.stat().st_mode << 16
            item.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(item, path.read_bytes())
