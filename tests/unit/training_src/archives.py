"""Makes model archives, good and bad, for the tests of the evaluation."""

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import xgboost as xgb


def train(features: np.ndarray, labels: np.ndarray, *, objective: str, rounds: int = 5) -> xgb.Booster:
    parameters = {"objective": objective, "max_depth": 3, "nthread": 1, "seed": 1}
    return xgb.train(parameters, xgb.DMatrix(features, label=labels), num_boost_round=rounds)


def pack(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """The same bytes for the same members, whatever the time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def member(name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    found = tarfile.TarInfo(name)
    found.size, found.type, found.linkname = len(content), kind, "/etc/passwd"
    return found, content


def save(model: xgb.Booster, folder: Path) -> Path:
    return pack(folder / "model.tar.gz", member("xgboost-model", bytes(model.save_raw())))


class Touch:
    """A pickle of it makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)
