"""Zip archives: written and unpacked without a way out of their folder.

References:
    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: 4.4.15, external file attributes
    https://docs.python.org/3/library/zipfile.html#zipfile.ZipInfo.external_attr
"""

import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from local_cloud.kernel.errors import LocalCloudError

_UNIX = 16
_PERMISSIONS = 0o777
# Whoever unpacks has to read what he unpacked, and to remove it.
_OWNER = 0o600


class ArchiveError(LocalCloudError):
    """An archive cannot be read, or must not be unpacked."""


def write(folder: Path, archive: IO[bytes], *, with_attributes: bool) -> None:
    """Put all below a folder into an archive.

    Args:
        folder: its root.
        archive: written to.
        with_attributes: keep permissions, and symbolic links as such. Without them an archive has neither: a link is a
            file with the text of its target.
    """
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as zipped:
        for path in _below(folder):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (stat.S_IFLNK | _PERMISSIONS) << _UNIX if with_attributes else 0
                zipped.writestr(entry, str(path.readlink()))
                continue
            entry = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if not with_attributes:
                entry.external_attr = 0
            with path.open("rb") as source, zipped.open(entry, "w") as target:
                shutil.copyfileobj(source, target)


def unpack(archive: IO[bytes], folder: Path) -> None:
    """Unpack an archive; permissions and symbolic links are as its attributes say.

    Raises:
        ArchiveError: it is no zip archive, or something of it lies outside of the folder.
    """
    with _opened(archive) as zipped:
        links = []
        for entry in zipped.infolist():
            target = folder / _inside(entry.filename)
            mode = entry.external_attr >> _UNIX
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif stat.S_ISLNK(mode):
                links.append((target, zipped.read(entry).decode()))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                with zipped.open(entry) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
                if mode & _PERMISSIONS:
                    target.chmod(mode & _PERMISSIONS | _OWNER)
        # Last, so that nothing is written through one.
        for target, aim in links:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.parent.resolve().is_relative_to(folder.resolve()):
                raise ArchiveError(f"it has the entry {target.relative_to(folder)} below a link that leads out of it")
            target.symlink_to(aim)


def read(archive: IO[bytes], path: str) -> bytes | None:
    """One file of an archive; None if there is none of that path.

    Raises:
        ArchiveError: it is no zip archive.
    """
    with _opened(archive) as zipped:
        try:
            return zipped.read(path)
        except KeyError:
            return None


@contextmanager
def _opened(archive: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as zipped:
            yield zipped
    except zipfile.BadZipFile as error:
        raise ArchiveError(f"it is no zip archive: {error}") from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise ArchiveError(f"it has two entries for {error.filename2 or error.filename}") from error


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise ArchiveError(f"it has the entry {name}, which lies outside of it")
    return path


def _below(folder: Path) -> Iterator[Path]:
    """Files and links, in an order that is always the same."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)
        else:
            yield path
