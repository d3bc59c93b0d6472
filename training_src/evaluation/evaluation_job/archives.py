"""A model's archive, which may claim anything."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path

from evaluation_job.errors import EvaluationError
from evaluation_job.request import Artifact


def unpack_model(archive: Path, wanted: Artifact) -> bytearray:
    """The content of an archive that holds one regular file at its root, the wanted one, and nothing else.

    Raises:
        EvaluationError: it holds anything else, or more than it may.
    """
    try:
        with gzip.open(archive) as stream:
            # Before tarfile sees it: its own extended headers may claim any size too.
            content = stream.read(wanted.most_bytes + 1)
        if len(content) > wanted.most_bytes:
            raise EvaluationError(f"model archive unpacks to more than {wanted.most_bytes} bytes")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as files:
            members = files.getmembers()
            # Not isfile(): a sparse file counts as one, whatever size it claims.
            if [member.name for member in members] != [wanted.file] or members[0].type not in {
                tarfile.REGTYPE,
                tarfile.AREGTYPE,
            }:
                found = ", ".join(repr(member.name) for member in members[:5]) or "nothing"
                raise EvaluationError(f"model archive must hold one regular file {wanted.file!r} only, got {found}")
            file = files.extractfile(members[0])
            model = bytearray(file.read() if file else b"")
            if len(model) != members[0].size:
                raise EvaluationError("cannot read model archive: it ends too early")
            return model
    except (tarfile.TarError, zlib.error, OSError, EOFError) as error:
        raise EvaluationError(f"cannot read model archive: {error}") from error
