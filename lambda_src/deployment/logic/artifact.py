"""Looks into a model's archive before an endpoint may have it.

AWS's XGBoost container loads the first file of the archive, whatever its name, and tries pickle before XGBoost's own
format (https://github.com/aws/sagemaker-xgboost-container), so an archive that is served can be code that runs.
"""

import gzip
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

from deployment.errors import UnsafeArtifactError

MODEL_FILE = "xgboost-model"
# As the evaluation has it (training_src/xgboost/evaluation.py): what is larger was never evaluated.
MOST_BYTES = 512 * 1024**2
# Of a model in JSON and in UBJSON; no opcode of pickle.
FIRST_BYTE = b"{"
_CHUNK = 1 << 20


class _Bounded:
    """Counts what is really read: every size in an archive is only a claim."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream, self._read = stream, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, _CHUNK))
        self._read += len(data)
        if self._read > MOST_BYTES:
            raise UnsafeArtifactError(f"it unpacks to more than {MOST_BYTES} bytes")
        return data


def check(archive: Path) -> None:
    """Check that an archive holds one model in XGBoost's own format and nothing else; it is read to its end.

    Raises:
        UnsafeArtifactError: it holds anything else.
    """
    try:
        with gzip.open(archive) as stream:
            _check(cast("IO[bytes]", _Bounded(stream)))
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError) as error:
        raise UnsafeArtifactError(f"it is no archive that can be read: {error}") from error


def _check(stream: IO[bytes]) -> None:
    names: list[str] = []
    with tarfile.open(fileobj=stream, mode="r|") as content:
        for member in content:
            names.append(member.name)
            # By type: a sparse file counts as a file too, whatever size it claims.
            if names != [MODEL_FILE] or member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE}:
                raise UnsafeArtifactError(f"it must hold one regular file {MODEL_FILE!r} only, got {names[-1][:200]!r}")
            file = content.extractfile(member)
            first = file.read(1) if file else b""
            if first != FIRST_BYTE:
                raise UnsafeArtifactError(
                    f"{MODEL_FILE} must begin with {FIRST_BYTE!r}, got {first!r}: not XGBoost's own"
                )
    if not names:
        raise UnsafeArtifactError(f"it must hold one regular file {MODEL_FILE!r} only, got nothing")
    while stream.read(_CHUNK):
        pass
