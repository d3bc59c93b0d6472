"""What SageMaker's XGBoost answers behind an endpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xgboost as xgb

from local_cloud.containers.sagemaker import accepting
from local_cloud.containers.sagemaker.programs import Answer, NoModelError, RefusedError
from local_cloud.containers.sagemaker.xgboost import content_types, requests
from local_cloud.containers.sagemaker.xgboost.cells import DataError

# The first byte of a model in JSON and in UBJSON (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html).
# It is no opcode of pickle, which AWS's own container would try first, and which runs code.
_FIRST_BYTE = b"{"
_BROKEN = (xgb.core.XGBoostError, UnicodeDecodeError, MemoryError)


@dataclass(frozen=True, kw_only=True)
class XGBoostModel:
    """A loaded model.

    Args:
        booster: XGBoost's own.
    """

    booster: xgb.Booster

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """One prediction a row.

        A refusal is what comes of one in AWS's container: its handler of errors fails itself, and the server around it
        answers this. ``mms_patch/mms_transformer.py`` calls ``handle_error`` with a status, but the toolkit's 1.5.5,
        which it is built with, takes an error (https://github.com/aws/sagemaker-inference-toolkit); ``mms/service.py``
        of https://github.com/awslabs/multi-model-server answers what is raised then. The reason is in its log only.

        Raises:
            RefusedError: the request is not what the model takes.
        """
        try:
            return _encode(predict(self.booster, _text(body), content_type), accepting.wanted(accept).lower())
        except DataError as error:
            raise RefusedError(503, f"Prediction failed: {error}") from error


def load(folder: Path) -> XGBoostModel:
    """The only model of an artifact.

    Raises:
        NoModelError: there is none, or several, or it is not in XGBoost's own format.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if len(files) != 1:
        found = ", ".join(repr(path.name) for path in files[:5]) or "nothing"
        raise NoModelError(f"the archive must hold one model file at its root, got {found}")
    return XGBoostModel(booster=load_booster(files[0]))


def load_booster(path: Path) -> xgb.Booster:
    """A model in XGBoost's own format.

    Raises:
        NoModelError: it is none.
    """
    content = path.read_bytes()
    wrong = f"{path.name} is no model in XGBoost's own format"
    if content[:1] != _FIRST_BYTE:
        raise NoModelError(f"{wrong}: it must begin with {_FIRST_BYTE!r}, got {content[:1]!r}")
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(content))
        booster.num_features()
    except _BROKEN as error:
        # XGBoost quotes a broken model in its message, which then is no UTF-8.
        raise NoModelError(f"{wrong}: {_reason(error)}") from error
    return booster


def predict(booster: xgb.Booster, body: str, content_type: str) -> list[Any]:
    """One prediction a row: a number, or the probabilities of all classes.

    Args:
        booster: the model.
        body: rows of features.
        content_type: of the body; empty for none, which means LIBSVM.

    Raises:
        DataError: the body is not what the model takes.
    """
    kind = content_types.of(content_type or content_types.DEFAULT)
    if kind == "csv":
        rows: Any = requests.parse(body, features=booster.num_features())
    elif kind == "libsvm":
        rows = requests.parse_libsvm(body, features=booster.num_features())
    elif kind == "parquet":
        raise DataError(f"Content-type {content_type} is not supported.")
    else:
        raise DataError(f"the local cloud does not emulate requests of {kind}: ask with text/csv or text/libsvm")
    try:
        return list(booster.predict(xgb.DMatrix(rows), validate_features=False).tolist())
    except _BROKEN as error:
        raise DataError(f"Unable to evaluate payload provided: {_reason(error)}") from error


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"cannot read the request as numeric csv: {error}") from error


def _encode(values: list[Any], accept: str) -> Answer:
    """As ``algorithm_mode/handler_service.py`` of https://github.com/aws/sagemaker-xgboost-container encodes."""
    if accept in {"application/json", "json"}:
        return Answer(body=json.dumps(values).encode(), content_type="application/json")
    if accept in {"text/csv", "csv"}:
        # One line, however many rows.
        return Answer(body=",".join(map(str, values)).encode(), content_type="text/csv")
    raise DataError(
        f"Encoding to accept type {accept} failed with exception: {accept} is not an accepted Accept type."
        " Please choose one of the following: ['text/csv', 'application/json']."
    )


def _reason(error: Exception) -> str:
    return str(error).split("Stack trace:", maxsplit=1)[0].strip()
