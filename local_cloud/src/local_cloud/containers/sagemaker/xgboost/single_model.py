"""How SageMaker's XGBoost answers as the container of one model, by a server that is not that of multi-model endpoints.

Reference: ``algorithm_mode/serve.py`` and ``serve_utils.py`` of https://github.com/aws/sagemaker-xgboost-container,
and ``_encoders.py`` of https://github.com/aws/sagemaker-containers, which writes its CSV.
"""

import json
import os
from http import HTTPStatus
from typing import Any

from local_cloud.containers.sagemaker.programs import Answer, NoModelError, RefusedError
from local_cloud.containers.sagemaker.xgboost import versions

_CSV, _JSON = "text/csv", "application/json"
# That it encodes, and that it lets through and then fails at.
_ENCODED, _NEGOTIABLE = (_JSON, _CSV), ("application/jsonlines", "application/x-recordio-protobuf")
_DEFAULT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
# Set by SageMaker where the container answers a transform job.
_BATCH = "SAGEMAKER_BATCH"
# Names what an answer tells of each prediction, beside its score.
_SELECTED = "SAGEMAKER_INFERENCE_OUTPUT"


def check_emulated() -> None:
    """Refuse variables that ask for other answers.

    Raises:
        NoModelError: one does.
    """
    if versions.installed().negotiates and _SELECTED in os.environ:
        raise NoModelError(f"the local cloud does not emulate {_SELECTED}: leave it out, scores are answered")


def encode(values: list[Any], accept: str) -> Answer:
    """The answer to a request.

    Args:
        values: a prediction for each row.
        accept: of the request; empty if it names none.

    Raises:
        RefusedError: it is not answered in what is accepted.
    """
    if not versions.installed().negotiates:
        # One line without a transform job, however many rows.
        return _text(_lines(values) if os.environ.get(_BATCH) else ",".join(map(str, values)), _CSV)
    wanted = _wanted(accept)
    if os.environ.get(_BATCH):
        return _text(_lines(values), wanted)
    if wanted == _JSON:
        return _text(json.dumps({"predictions": [{"score": value} for value in values]}), _JSON)
    if wanted == _CSV:
        rows = [value if isinstance(value, list) else [value] for value in values]
        return _text("".join(f"{','.join(map(str, row))}\n" for row in rows), _CSV)
    raise RefusedError(
        HTTPStatus.INTERNAL_SERVER_ERROR, f"the container cannot encode {wanted}, accept one of {list(_ENCODED)}"
    )


def _wanted(accept: str) -> str:
    kind = accept.partition(";")[0].strip()
    if kind in {"", "*/*"}:
        return os.environ.get(_DEFAULT, _CSV)
    supported = [_ENCODED[0], *_NEGOTIABLE, _ENCODED[1]]
    if kind.lower() not in supported:
        raise RefusedError(
            HTTPStatus.NOT_ACCEPTABLE,
            f"Accept type {kind} is not supported. Please use supported accept types: {supported}.",
        )
    return kind.lower()


def _lines(values: list[Any]) -> str:
    return "".join(f"{value}\n" for value in values)


def _text(text: str, content_type: str) -> Answer:
    return Answer(body=text.encode(), content_type=content_type)
