"""What runs in the process of a loaded model; `model_process` is the other end.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html
"""

import contextlib
import json
import resource
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_cloud.containers.sagemaker import xgboost_requests
from local_cloud.containers.sagemaker.cells import DataError

# What Python and XGBoost need beside the model.
_BASE_BYTES = 3 * 1024**3
# The first byte of a model in JSON and in UBJSON (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html).
# It is no opcode of pickle, which AWS's own container would try first, and which runs code.
_FIRST_BYTE = b"{"


class NoModelError(ValueError):
    """A file is no model that can be loaded."""


def load(path: Path) -> xgb.Booster:
    """A model in XGBoost's own format.

    Raises:
        NoModelError: it is none.
    """
    content = path.read_bytes()
    if content[:1] != _FIRST_BYTE:
        raise NoModelError(f"it must begin with {_FIRST_BYTE!r}, got {content[:1]!r}")
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(content))
        booster.num_features()
    except (xgb.core.XGBoostError, UnicodeDecodeError, MemoryError) as error:
        # XGBoost quotes a broken model in its message, which then is no UTF-8.
        raise NoModelError(str(error).split("Stack trace:", maxsplit=1)[0].strip()) from error
    return booster


def predict(booster: xgb.Booster, body: str, content_type: str) -> list[float]:
    """One prediction a row.

    Raises:
        DataError: the body is not what the model takes.
    """
    if content_type.split(";", maxsplit=1)[0].strip() != "text/csv":
        raise DataError(f"Content type {content_type} is not supported, use text/csv")
    table = xgboost_requests.parse(body, features=booster.num_features())
    try:
        return [float(value) for value in np.ravel(booster.predict(xgb.DMatrix(table)))]
    except (xgb.core.XGBoostError, UnicodeDecodeError, MemoryError) as error:
        reason = str(error).split("Stack trace:", maxsplit=1)[0].strip()
        raise DataError(f"Unable to evaluate payload provided: {reason}") from error


def serve(connection: Connection, path: str, memory_bytes: int) -> None:
    """Answer until the other end is closed: ``[body, content type]`` with ``["predicted", values]`` or a refusal."""
    limit = _BASE_BYTES + memory_bytes
    # macOS has no such limit.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        booster = load(Path(path))
    except (NoModelError, OSError) as error:
        _send(connection, "refused", str(error))
        return
    _send(connection, "loaded", None)
    while True:
        try:
            body, content_type = json.loads(connection.recv_bytes())
        except EOFError:
            return
        try:
            _send(connection, "predicted", predict(booster, body, content_type))
        except DataError as error:
            _send(connection, "refused", str(error))


def _send(connection: Connection, status: str, answer: Any) -> None:
    connection.send_bytes(json.dumps([status, answer]).encode())
