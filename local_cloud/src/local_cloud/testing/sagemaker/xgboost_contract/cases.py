"""The inputs of ``xgboost_contract.yaml``: as files of a job, and as requests to a small model."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
import yaml

from local_cloud.containers.sagemaker.xgboost import versions

ROWS = "".join(f"{row // 10},{row},{row * 7 % 13}\n" for row in range(20))
_HYPERPARAMETERS = {"num_round": "1", "objective": "binary:logistic"}
# What a case leaves out.
_BODY, _CSV = "1,2\n3,4", "text/csv"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One input.

    Args:
        given: the input itself, as the table has it.
        real: whether AWS's container takes it.
        at: file and line of its source that decide.
        answer: what its server answers.
        run: False where its source was read only.
        raises: class of its error, if it refuses.
        said: what is in its words then.
        ours: whether ours takes it; None where it is the same.
        because: why it is not the same.
        says: what is in our words of refusal, where they are not AWS's.
    """

    given: Mapping[str, Any]
    real: str = ""
    at: str = ""
    answer: str = ""
    run: bool = True
    raises: str = ""
    said: str = ""
    ours: str | None = None
    because: str = ""
    says: str = ""

    @property
    def name(self) -> str:
        """What it is."""
        return str(self.given["name"])


def read(table: Path, kind: str) -> list[Case]:
    """All cases of a kind, training or serving."""
    verdict = {field.name for field in fields(Case)} - {"given"}
    return [
        Case(
            given={name: value for name, value in row.items() if name not in verdict},
            **{name: value for name, value in row.items() if name in verdict},
        )
        for row in yaml.safe_load(table.read_text(encoding="utf-8"))[kind]
    ]


def lay(given: Mapping[str, Any], root: Path) -> None:
    """Make the folders and files of a training job's ``/opt/ml``."""
    for folder in ("input/config", "model", "output/data"):
        (root / folder).mkdir(parents=True)
    asked = {**_HYPERPARAMETERS, **given.get("hyperparameters", {})}
    content_type = given.get("content_type", _CSV)
    names = given.get("channels", ["train", *(["validation"] if "validation" in given else [])])
    channels = {name: _described("text/python" if name == "code" else content_type) for name in names}
    config = {
        "hyperparameters": {name: value for name, value in asked.items() if value is not None},
        "inputdataconfig": channels,
    }
    for name, content in config.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    for name in names:
        folder = root / "input" / "data" / name
        folder.mkdir(parents=True)
        if table := given.get("parquet"):
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table(table), folder / "part-0")
        else:
            rows = given.get("validation" if name == "validation" else "rows", ROWS)
            (folder / "part-0").write_bytes(rows.encode())


def _described(content_type: str | None) -> dict[str, str]:
    named = {"ContentType": content_type} if content_type else {}
    return named | {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }


def request(given: Mapping[str, Any]) -> tuple[bytes, str, str]:
    """Body, content type and accept of a request; the last two are empty where there is none."""
    return given.get("body", _BODY).encode(), given.get("content_type", _CSV) or "", given.get("accept", "")


def model() -> xgb.Booster:
    """Of two features."""
    values = np.linspace(0, 4, 40, dtype=np.float32).reshape(-1, 2)
    rows = xgb.DMatrix(values, label=values[:, 0] > values.mean())
    return xgb.train({"objective": "binary:logistic", "max_depth": 2}, rows, 2)


def write_model(path: Path) -> None:
    """Write it as the container of this XGBoost does."""
    version = versions.installed()
    if version.pickle_protocol is not None:
        path.write_bytes(pickle.dumps(model(), protocol=version.pickle_protocol))
        return
    whole = path.with_name(f"{path.name}{version.model_ending}")
    model().save_model(str(whole))
    whole.rename(path)
