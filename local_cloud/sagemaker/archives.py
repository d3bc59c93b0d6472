"""Unpacks model.tar.gz without trusting it."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from local_cloud.errors import LocalCloudError

_MOST_BYTES = 5 * 1024**3


class BadArchiveError(LocalCloudError):
    """A model archive is not what the container takes."""


def extract(archive: Path, target: Path) -> None:
    """Unpack a gzipped tar of plain files.

    Nothing is left to tarfile's own extraction, whose filters came with Python 3.11.4 only.

    Raises:
        BadArchiveError: it is no archive, or holds links, devices, paths that leave the folder, or too much.
    """
    target.mkdir(parents=True)
    try:
        with tarfile.open(archive, "r:gz") as content:
            total = 0
            for member in content:
                path = PurePosixPath(member.name)
                if not (member.isfile() or member.isdir()) or path.is_absolute() or ".." in path.parts:
                    raise BadArchiveError(
                        f"model archive holds {member.name!r}, only files and folders inside it are allowed"
                    )
                total += member.size
                if total > _MOST_BYTES:
                    raise BadArchiveError(f"model archive unpacks to more than {_MOST_BYTES} bytes")
                _write(content, member, target / path)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BadArchiveError(f"cannot unpack model archive: {error}") from error


def _write(content: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    source = content.extractfile(member)
    if source is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(source, file)


def pack(folder: Path, archive: Path) -> None:
    """Make model.tar.gz from the content of a folder."""
    with tarfile.open(archive, "w:gz") as content:
        for path in sorted(folder.iterdir()):
            content.add(path, arcname=path.name)
