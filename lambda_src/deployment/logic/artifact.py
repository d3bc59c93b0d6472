"""Looks into a model's archive before an endpoint may have it: a model server may run what an archive holds.

What the archive may hold says the model's family: one file in a format of its own, which runs no code; or several
files, code among them, of a family whose models bring their own. Those were written by whoever may change the
configuration, and are only kept from leading out of their folder.
"""

import gzip
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, cast

from contract.family import Artifact, Family
from deployment.errors import UnsafeArtifactError

_CHUNK = 1 << 20
# In a message.
_MOST_NAMED = 10


class _Bounded:
    """Counts what is really read: every size in an archive is only a claim."""

    def __init__(self, stream: gzip.GzipFile, *, most_bytes: int) -> None:
        self._stream, self._most_bytes, self._read = stream, most_bytes, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, _CHUNK))
        self._read += len(data)
        if self._read > self._most_bytes:
            raise UnsafeArtifactError(f"it unpacks to more than {self._most_bytes} bytes")
        return data


def check(archive: Path, *, family: Family) -> None:
    """Check that an archive holds what those of its family hold and nothing else; it is read to its end.

    Args:
        archive: model.tar.gz.
        family: of the model.

    Raises:
        UnsafeArtifactError: it holds anything else.
    """
    try:
        with gzip.open(archive) as stream:
            bounded = cast("IO[bytes]", _Bounded(stream, most_bytes=family.artifact.most_bytes))
            check_members = _check if family.artifact.file else _check_several
            check_members(bounded, family.artifact, title=family.title)
            # What follows the last member counts too.
            while bounded.read(_CHUNK):
                pass
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError) as error:
        raise UnsafeArtifactError(f"it is no archive that can be read: {error}") from error


def _check(stream: IO[bytes], wanted: Artifact, *, title: str) -> None:
    names: list[str] = []
    begins_with = bytes.fromhex(wanted.begins_with)
    with tarfile.open(fileobj=stream, mode="r|") as content:
        for member in content:
            names.append(member.name)
            # By type: a sparse file counts as a file too, whatever size it claims.
            if names != [wanted.file] or member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE}:
                raise UnsafeArtifactError(
                    f"it must hold one regular file {wanted.file!r} only, got {names[-1][:200]!r}"
                )
            file = content.extractfile(member)
            first = file.read(len(begins_with)) if file else b""
            if first != begins_with:
                raise UnsafeArtifactError(
                    f"{wanted.file} must begin with {begins_with!r}, got {first!r}: no model of {title}"
                )
    if not names:
        raise UnsafeArtifactError(f"it must hold one regular file {wanted.file!r} only, got nothing")


def _check_several(stream: IO[bytes], wanted: Artifact, *, title: str) -> None:
    """Regular files and folders below the archive's own, those of the family among them."""
    files: set[str] = set()
    with tarfile.open(fileobj=stream, mode="r|") as content:
        for member in content:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or "\\" in member.name:
                raise UnsafeArtifactError(f"its member {member.name[:200]!r} leads out of the archive")
            if member.type in {tarfile.REGTYPE, tarfile.AREGTYPE}:
                files.add(str(path))
            elif member.type != tarfile.DIRTYPE:
                raise UnsafeArtifactError(
                    f"its member {member.name[:200]!r} is neither a file nor a folder; links and devices are not served"
                )
    if missing := sorted(set(wanted.holds) - files):
        raise UnsafeArtifactError(f"an archive of {title} must hold {', '.join(missing)}, got {_named(files)}")


def _named(files: set[str]) -> str:
    shown = sorted(name[:100] for name in files)[:_MOST_NAMED]
    return ", ".join(shown) + (" and others" if len(files) > _MOST_NAMED else "") if shown else "nothing"
