"""Archives, good and bad, and pickles that do what they should not."""

import gzip
import io
import tarfile
from pathlib import Path


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """The same bytes for the same members, whatever the time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def member(name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    """A member of a kind, by tarfile's names; one that is a link leads out of the archive."""
    found = tarfile.TarInfo(name)
    found.size, found.type, found.linkname = len(content), kind, "/etc/passwd"
    return found, content


class Touch:
    """A pickle of it makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)
