"""What SageMaker's XGBoost answers behind an endpoint.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html
"""

import contextlib
import inspect
import json
import pickle
import struct
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import xgboost as xgb

from local_cloud.containers.sagemaker import inference_code, inference_toolkit
from local_cloud.containers.sagemaker.programs import Answer, Model, NoModelError, RefusedError
from local_cloud.containers.sagemaker.xgboost import content_types, requests, single_model, user_code, versions
from local_cloud.containers.sagemaker.xgboost.cells import DataError

# The first byte of a model in JSON and in UBJSON (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html).
# It is no opcode of pickle, which AWS's own container would try first, and which runs code.
_FIRST_BYTE = b"{"
# A model is data that the image's own code reads, so many may lie in one process; with a user's code they may not.
shares_process = not user_code.is_named()
# Of the old binary format: a mark that not all files have, the base score, and how many features there are
# (``LearnerModelParam`` in ``src/learner.cc`` of https://github.com/dmlc/xgboost, 0.90 to 1.7).
_BINARY_MARK, _BINARY_HEAD = b"binf", "<fI"
_BROKEN = (xgb.core.XGBoostError, UnicodeDecodeError, MemoryError)


@dataclass(frozen=True, kw_only=True)
class XGBoostModel:
    """A loaded model.

    Args:
        booster: XGBoost's own.
        alone: it is the only model of its container, which then has another server.
    """

    booster: xgb.Booster
    alone: bool = False

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """One prediction a row.

        The container has two servers: ``serving.py`` starts that of multi-model endpoints where SageMaker's variable
        says so, and else that of one model, of which `single_model` tells.

        A refusal by the first one is what comes of one in AWS's container: its handler of errors fails itself, and the
        server around it answers this. ``mms_patch/mms_transformer.py`` calls ``handle_error`` with a status, but the
        toolkit's 1.5.5, which it is built with, takes an error (https://github.com/aws/sagemaker-inference-toolkit);
        ``mms/service.py`` of https://github.com/awslabs/multi-model-server answers what is raised then. The reason is
        in its log only.

        Raises:
            RefusedError: the request is not what the model takes.
        """
        if self.alone:
            return self._answer_alone(body, content_type=content_type, accept=accept)
        try:
            return _encode(predict(self.booster, _text(body), content_type), inference_toolkit.wanted(accept).lower())
        except DataError as error:
            raise RefusedError(503, f"Prediction failed: {error}") from error

    def _answer_alone(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        try:
            rows = _rows(self.booster, _text(body), content_type)
        except DataError as error:
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error)) from error
        try:
            values = _ask(self.booster, rows)
        except DataError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
        return single_model.encode(values, accept)


def load(folder: Path) -> Model:
    """The only model of an artifact, or what a user's code makes of it, if the container names any.

    Raises:
        NoModelError: there is none, or several, or the version does not load it; or a variable asks for answers that
            the local cloud does not give.
    """
    if user_code.is_named():
        return user_code.load(folder)
    alone = not inference_code.serves_several()
    if alone:
        single_model.check_emulated()
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if len(files) != 1:
        found = ", ".join(repr(path.name) for path in files[:5]) or "nothing"
        raise NoModelError(f"the archive must hold one model file at its root, got {found}")
    return XGBoostModel(booster=load_booster(files[0]), alone=alone)


def load_booster(path: Path) -> xgb.Booster:
    """A model in a format that the version loads: XGBoost's own, and pickles of the old ones, which run code.

    Raises:
        NoModelError: it is none.
    """
    version, content = versions.installed(), path.read_bytes()
    if version.unpickles and (found := _unpickle(content)) is not None:
        return found
    wrong = f"{path.name} is no model in XGBoost's own format"
    if not version.unpickles and content[:1] != _FIRST_BYTE:
        raise NoModelError(f"{wrong}: it must begin with {_FIRST_BYTE!r}, got {content[:1]!r}")
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(content))
        features(booster)
    except _BROKEN as error:
        # XGBoost quotes a broken model in its message, which then is no UTF-8.
        raise NoModelError(f"{wrong}: {_reason(error)}") from error
    return booster


def _unpickle(content: bytes) -> xgb.Booster | None:
    # Whatever is raised, AWS's container takes it for a model in XGBoost's format.
    with contextlib.suppress(Exception):
        found = pickle.loads(content)  # noqa: S301  # the model's process is there for what an artifact does
        return found if isinstance(found, xgb.Booster) else None
    return None


def features(booster: xgb.Booster) -> int:
    """How many features a model takes."""
    if hasattr(booster, "num_features"):
        return int(booster.num_features())
    _, found = struct.unpack_from(_BINARY_HEAD, bytes(booster.save_raw()).removeprefix(_BINARY_MARK))
    return int(found)


def predict(booster: xgb.Booster, body: str, content_type: str) -> list[Any]:
    """One prediction a row: a number, or the probabilities of all classes.

    Args:
        booster: the model.
        body: rows of features.
        content_type: of the body; empty for none, which means LIBSVM.

    Raises:
        DataError: the body is not what the model takes.
    """
    return _ask(booster, _rows(booster, body, content_type))


def _rows(booster: xgb.Booster, body: str, content_type: str) -> Any:
    version, kind = versions.installed(), content_types.of(content_type or content_types.DEFAULT)
    if kind == "csv":
        return requests.parse(body, features=features(booster))
    if kind == "libsvm":
        return requests.parse_libsvm(body, features=features(booster), from_one=version.libsvm_from_one)
    if kind == "parquet":
        raise DataError(f"Content-type {content_type} is not supported.")
    raise DataError(f"the local cloud does not emulate requests of {kind}: ask with text/csv or text/libsvm")


def _ask(booster: xgb.Booster, rows: Any) -> list[Any]:
    try:
        return list(booster.predict(xgb.DMatrix(rows), validate_features=False, **_best(booster)).tolist())
    except _BROKEN as error:
        raise DataError(f"Unable to evaluate payload provided: {_reason(error)}") from error


def _best(booster: xgb.Booster) -> dict[str, int]:
    """Before 2.0, the trees that early stopping found best, 0 for all."""
    if "ntree_limit" not in inspect.signature(booster.predict).parameters:
        return {}
    return {"ntree_limit": getattr(booster, "best_ntree_limit", 0)}


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
