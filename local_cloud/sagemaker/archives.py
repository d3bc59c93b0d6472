"""Unpacks model.tar.gz without trusting it."""

import tarfile
from pathlib import Path

from local_cloud.errors import LocalCloudError

_MOST_BYTES = 5 * 1024**3


class BadArchiveError(LocalCloudError):
    """A model archive is not what the container takes."""


def extract(archive: Path, target: Path) -> None:
    """Unpack a gzipped tar of plain files.

    Raises:
        BadArchiveError: it is no archive, or holds links, devices, paths that leave the folder, or too much.
    """
    try:
        with tarfile.open(archive, "r:gz") as content:
            total = 0
            for member in content:
                if not (member.isfile() or member.isdir()):
                    raise BadArchiveError(f"model archive holds {member.name!r}, only files and folders are allowed")
                total += member.size
                if total > _MOST_BYTES:
                    raise BadArchiveError(f"model archive unpacks to more than {_MOST_BYTES} bytes")
                content.extract(member, target, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BadArchiveError(f"cannot unpack model archive: {error}") from error


def pack(folder: Path, archive: Path) -> None:
    """Make model.tar.gz from the content of a folder."""
    with tarfile.open(archive, "w:gz") as content:
        for path in sorted(folder.iterdir()):
            content.add(path, arcname=path.name)
