"""What XGBoost's images answer by a user's functions, and by their own for those that are missing.

``serving.py``, ``handler_service.py`` and ``encoder.py`` of https://github.com/aws/sagemaker-xgboost-container.
"""

import csv
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud.containers.sagemaker import inference_code, older_inference_code, recordio
from local_cloud.containers.sagemaker.inference_code import Functions
from local_cloud.containers.sagemaker.inference_formats import CSV, UnsupportedFormatError
from local_cloud.containers.sagemaker.older_inference_code import no_model_fn, output_fn
from local_cloud.containers.sagemaker.programs import Model

_RECORDIO = "application/x-recordio-protobuf"
_LIBSVM = frozenset({"text/libsvm", "text/x-libsvm"})


def is_named() -> bool:
    """Whether the container serves by a user's code."""
    return bool(os.environ.get("SAGEMAKER_PROGRAM"))


def load(folder: Path) -> Model:
    """The model of an artifact.

    Raises:
        NoModelError: the user's code cannot load it.
    """
    code = Path(tempfile.mkdtemp()) / "code"
    if not inference_code.serves_several():
        return older_inference_code.load(folder, defaults=_FUNCTIONS, code=code)
    with inference_code.explained(folder):
        folders = (folder, older_inference_code.source(folder, code))
    return inference_code.load(folder, defaults=_FUNCTIONS, code=folders)


def _input_fn(body: Any, content_type: str) -> Any:
    kind = content_type.split(";", maxsplit=1)[0].strip()
    if kind == _RECORDIO:
        return xgb.DMatrix(recordio.table(recordio.read(io.BytesIO(body))).features)
    text = body if isinstance(body, str) else body.decode()
    if kind == CSV:
        return _from_csv(text)
    if kind in _LIBSVM:
        return _from_libsvm(text)
    raise UnsupportedFormatError(kind)


def _predict_fn(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)


def _from_csv(text: str) -> xgb.DMatrix:
    found = csv.Sniffer().sniff(text.split("\n", maxsplit=1)[0][:512]).delimiter
    delimiter = "," if found.isalnum() else found
    rows = [[cell or "nan" for cell in line.split(delimiter)] for line in text.split("\n")]
    return xgb.DMatrix(np.array(rows).astype(float))


def _from_libsvm(text: str) -> xgb.DMatrix:
    rows = [dict(_cell(token) for token in line.split() if ":" in token) for line in text.strip().split("\n")]
    if not any(rows):
        return xgb.DMatrix(np.empty((0, 0)))
    indices = [index for row in rows for index in row]
    # Most files count from 1.
    first = min(1, *indices)
    data = np.zeros((len(rows), max(indices) - first + 1))
    for number, row in enumerate(rows):
        for index, value in row.items():
            data[number, index - first] = value
    return xgb.DMatrix(data)


def _cell(token: str) -> tuple[int, float]:
    index, value = token.split(":", 1)
    return int(index), float(value)


_FUNCTIONS = Functions(
    model_fn=no_model_fn,
    input_fn=_input_fn,
    predict_fn=_predict_fn,
    output_fn=output_fn,
)
