"""Unpacks model.tar.gz without trusting it."""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, cast

from local_cloud.kernel.errors import LocalCloudError

# As the evaluation has it, so that nothing larger is ever registered.
_MOST_BYTES = 512 * 1024**2
# Far more than any model has files; each costs a system call and an inode.
_MOST_MEMBERS = 1000
_CHUNK = 1 << 20


class BadArchiveError(LocalCloudError):
    """A model archive is not what the container takes."""


class _Bounded:
    """Counts what is really read: every size in an archive is only a claim, those of its own headers too."""

    def __init__(self, stream: gzip.GzipFile, most_bytes: int) -> None:
        self._stream, self._most_bytes, self._read = stream, most_bytes, 0

    def read(self, size: int) -> bytes:
        # A claimed size is asked for at once.
        data = bytearray()
        while len(data) < size and (chunk := self._stream.read(min(_CHUNK, size - len(data)))):
            data += chunk
            self._read += len(chunk)
            if self._read > self._most_bytes:
                raise BadArchiveError(f"model archive unpacks to more than {self._most_bytes} bytes")
        return bytes(data)


def extract(archive: Path, target: Path, *, most_bytes: int | None = None) -> None:
    """Unpack a gzipped tar of plain files.

    Nothing is left to tarfile's own extraction, whose filters came with Python 3.11.4 only.

    Args:
        archive: what is unpacked.
        target: a folder that is made.
        most_bytes: what it may unpack to; None for what a model that is registered may.

    Raises:
        BadArchiveError: it is no archive, or holds links, devices, paths that leave the folder, a path twice, or too
            much.
    """
    target.mkdir(parents=True)
    try:
        with gzip.open(archive) as stream, _open(_Bounded(stream, most_bytes or _MOST_BYTES)) as content:
            for count, member in enumerate(content, 1):
                if count > _MOST_MEMBERS:
                    raise BadArchiveError(f"model archive has more than {_MOST_MEMBERS} members")
                _unpack(content, member, target)
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError) as error:
        raise BadArchiveError(f"cannot unpack model archive: {error}") from error


def _open(stream: _Bounded) -> tarfile.TarFile:
    # All that tarfile needs of a file that it reads from front to back.
    return tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|")


def _unpack(content: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    path = PurePosixPath(member.name)
    # By type: a sparse file counts as a file too, whatever size it claims.
    is_file = member.type in {tarfile.REGTYPE, tarfile.AREGTYPE}
    if not (is_file or member.isdir()) or path.is_absolute() or ".." in path.parts:
        raise BadArchiveError(f"model archive holds {member.name!r}, only files and folders inside it are allowed")
    place = target / path
    if not is_file:
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    source = content.extractfile(member)
    if source is None or place.exists():
        raise BadArchiveError(f"model archive holds {member.name!r} twice")
    with place.open("wb") as file:
        shutil.copyfileobj(source, file, _CHUNK)


def pack(folders: Sequence[Path], archive: Path) -> None:
    """Make model.tar.gz from the content of folders; of files of one name that of the first folder counts."""
    with tarfile.open(archive, "w:gz") as content:
        packed = set[str]()
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if name not in packed:
                    content.add(path, arcname=name, recursive=False)
                packed.add(name)
