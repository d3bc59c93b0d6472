"""Reads requests to models of SageMaker's own algorithms, and writes their answers.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html. What is no such request is refused with
the status 400 and AWS's words "unable to evaluate payload provided"
(https://github.com/aws/amazon-sagemaker-examples/issues/1881), to which a reason is added here. The statuses 415 and
406, for content types that are not supported, nobody could compare with AWS.
"""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from local_cloud.containers.sagemaker import recordio
from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.programs import Answer, RefusedError
from local_cloud.containers.sagemaker.record_message import Record, RecordError, Tensor

CSV, JSON, JSON_LINES, RECORDIO = (
    "text/csv",
    "application/json",
    "application/jsonlines",
    "application/x-recordio-protobuf",
)
_BAD_REQUEST, _NOT_ACCEPTABLE, _UNSUPPORTED = 400, 406, 415
_ANYTHING = ("", "*/*")


def decode(body: bytes, content_type: str, *, width: int) -> Matrix:
    """The rows of a request.

    Args:
        body: as it came.
        content_type: of the body.
        width: features that the model takes.

    Raises:
        RefusedError: it has none, or is not in this form, or has other rows.
    """
    kind = content_type.partition(";")[0].strip().lower()
    readers = {CSV: _csv, JSON: _json, JSON_LINES: _json_lines, **dict.fromkeys(recordio.CONTENT_TYPES, _records)}
    if kind not in readers:
        raise RefusedError(
            _UNSUPPORTED,
            f"content type {content_type!r} is not supported, choose {CSV}, {JSON}, {JSON_LINES} or {RECORDIO}",
        )
    if kind == CSV and (given := _label_size(content_type)) not in {"", "0"}:
        raise _refused(f"a request has no labels, got label_size={given}, leave it out or say 0")
    try:
        rows = readers[kind](body, width)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise _refused(_reason(error)) from error
    if not rows:
        raise _refused("it has no row")
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise _refused(f"row {number} has {len(row)} features, the model takes {width}")
    found = np.array(rows, dtype=np.float64)
    if not np.isfinite(found).all():
        number = int(np.argwhere(~np.isfinite(found))[0][0]) + 1
        raise _refused(f"row {number} has a value that is missing or infinite")
    return found


def encode(
    rows: Sequence[Mapping[str, Any]], accept: str, *, name: str, allowed: Iterable[str] = (JSON, JSON_LINES, RECORDIO)
) -> Answer:
    """An answer.

    Args:
        rows: what is told of each row of the request: numbers, or lists of them.
        accept: what is wanted; empty for JSON.
        name: of the list in JSON, as ``predictions``.
        allowed: content types that the algorithm answers in.

    Raises:
        RefusedError: it answers in no such form.
    """
    kind = accept.partition(";")[0].strip().lower()
    kind = JSON if kind in _ANYTHING else RECORDIO if kind in recordio.CONTENT_TYPES else kind
    if kind not in allowed:
        raise RefusedError(_NOT_ACCEPTABLE, f"accept type {accept!r} is not supported, choose {', '.join(allowed)}")
    if kind == JSON:
        return Answer(body=json.dumps({name: list(rows)}).encode(), content_type=kind)
    if kind == JSON_LINES:
        return Answer(body="".join(json.dumps(row) + "\n" for row in rows).encode(), content_type=kind)
    if kind == CSV:
        lines = (",".join(str(value) for value in row.values()) for row in rows)
        return Answer(body="\n".join(lines).encode(), content_type=kind)
    stream = io.BytesIO()
    recordio.write(stream, (_as_record(row) for row in rows))
    return Answer(body=stream.getvalue(), content_type=kind)


def _as_record(row: Mapping[str, Any]) -> Record:
    tensors = {name: Tensor(values=np.atleast_1d(np.float32(value))) for name, value in row.items()}
    return Record(features={}, label=tensors)


def _refused(reason: str) -> RefusedError:
    return RefusedError(_BAD_REQUEST, f"unable to evaluate payload provided: {reason}")


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    return str(error)


def _label_size(content_type: str) -> str:
    pairs = (part.partition("=") for part in content_type.lower().split(";")[1:])
    return next((value.strip() for name, _, value in pairs if name.strip() == "label_size"), "")


def _csv(body: bytes, _: int) -> list[list[float]]:
    lines = body.decode("utf-8-sig").splitlines()
    return [[_number(cell) for cell in line.split(",")] for line in lines if line.strip()]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError as error:
        raise ValueError(f"{cell[:50]!r} is no number") from error


def _json(body: bytes, width: int) -> list[list[float]]:
    content = json.loads(body)
    if not isinstance(content, dict) or not isinstance(content.get("instances"), list):
        raise TypeError('JSON must be {"instances": [{"features": [...]}, ...]}')
    return [_instance(item, width) for item in content["instances"]]


def _json_lines(body: bytes, width: int) -> list[list[float]]:
    return [_instance(json.loads(line), width) for line in body.decode("utf-8").splitlines() if line.strip()]


def _instance(item: Any, width: int) -> list[float]:
    """Features as a list, or as ``{"values": ...}`` that may be sparse, at the top or below ``data``."""
    features = item.get("data", item)["features"]
    if isinstance(features, list):
        return [float(value) for value in features]
    values = [float(value) for value in features["values"]]
    if not features.get("keys"):
        return values
    row = [0.0] * int(features["shape"][0] if features.get("shape") else width)
    for key, value in zip(features["keys"], values, strict=True):
        if not 0 <= int(key) < len(row):
            raise ValueError(f"key {key} lies outside of the {len(row)} features")
        row[int(key)] = value
    return row


def _records(body: bytes, width: int) -> list[list[float]]:
    try:
        return [list(row) for row in recordio.table(recordio.read(io.BytesIO(body)), width=width).features.tolist()]
    except RecordError as error:
        raise ValueError(str(error)) from error
