"""Makes models and their archives for the tests of the evaluation."""

import io
import tarfile
from pathlib import Path

import numpy as np
import xgboost as xgb

from local_cloud.testing.archives import member


def train(features: np.ndarray, labels: np.ndarray, *, objective: str, rounds: int = 5) -> xgb.Booster:
    parameters = {"objective": objective, "max_depth": 3, "nthread": 1, "seed": 1}
    return xgb.train(parameters, xgb.DMatrix(features, label=labels), num_boost_round=rounds)


def pack(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def save(model: xgb.Booster, folder: Path) -> Path:
    return pack(folder / "model.tar.gz", member("xgboost-model", bytes(model.save_raw())))
