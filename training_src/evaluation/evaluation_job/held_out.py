"""The held-out rows: their labels and features, file by file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation_job import cells
from evaluation_job.errors import EvaluationError
from evaluation_job.metrics import BINARY
from evaluation_job.request import CSV, Request


@dataclass(frozen=True)
class HeldOut:
    """All rows of all files, in the order of the files' names.

    Args:
        labels: numbers; or texts, where the rows' labels are no numbers.
        features: a matrix; of rows that were asked by a batch transform job as texts, as the file has them.
        rows: how many each file has, by its name.
    """

    labels: npt.NDArray[Any]
    features: npt.NDArray[Any]
    rows: dict[str, int]

    def columns(self, request: Request) -> dict[str, npt.NDArray[Any]]:
        """Values of the features that the metrics are split by."""
        return {name: self.features[:, request.features.index(name)] for name in request.slices}


def read(folder: Path, request: Request) -> HeldOut:
    """All test files; an empty one, such as a marker of Spark, has no rows.

    Raises:
        EvaluationError: there is no data, or it does not fit the request.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    if not files:
        raise EvaluationError(f"no test rows in {folder.name}/; the ETL job must write at least one")
    found = [_read(path, request) for path in files]
    held_out = HeldOut(
        labels=_numbers_if_all_are(np.concatenate([labels for labels, _ in found])),
        features=np.vstack([features for _, features in found]),
        rows={path.name: len(labels) for path, (labels, _) in zip(files, found)},  # noqa: B905  # Python 3.8
    )
    if request.problem_type == BINARY:
        check_labels(held_out, request)
    return held_out


def _read(path: Path, request: Request) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    if request.answers is None:
        return _numbers(path, request.features)
    return _cells(path, request.features) if request.answers.content_type == CSV else _json_lines(path)


def _numbers(path: Path, features: tuple[str, ...]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    table = cells.parse_csv(path.read_bytes(), source=path.name)
    _check_width(table.shape[1], features, path.name)
    missing = int(np.isnan(table[:, 0]).sum())
    if missing:
        raise EvaluationError(
            f"labels of the test rows must be numbers, {missing} of {len(table)} are missing in {path.name}; "
            "the first column must be the label"
        )
    return table[:, 0], table[:, 1:]


def _cells(path: Path, features: tuple[str, ...]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    text = "\n".join(cells.lines(path.read_bytes(), path.name))
    table = [row for row in csv.reader(io.StringIO(text)) if row]
    for row in table:
        _check_width(len(row), features, path.name)
        if not row[0].strip():
            raise EvaluationError(f"every test row needs a label, its first column; one is missing in {path.name}")
    return np.array([row[0] for row in table], dtype=object), np.array([row[1:] for row in table], dtype=object)


def _json_lines(path: Path) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    labels: list[str] = []
    for number, line in enumerate(cells.lines(path.read_bytes(), path.name), 1):
        if not line.strip():
            continue
        try:
            labels.append(str(json.loads(line)["label"]))
        except (ValueError, TypeError, KeyError) as error:
            raise EvaluationError(
                f'{path.name} line {number} is no test row: it must be JSON like {{"label": "a", "request": {{}}}}, '
                f"got {line[:50]!r}"
            ) from error
    return np.array(labels, dtype=object), np.empty((len(labels), 0), dtype=object)


def _check_width(found: int, features: tuple[str, ...], source: str) -> None:
    if found != len(features) + 1:
        raise EvaluationError(f"test rows must have a label and {len(features)} features, {source} has {found} columns")


def _numbers_if_all_are(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    try:
        numbers: npt.NDArray[np.float64] = labels.astype(np.float64)
    except ValueError:
        return labels.astype(str)
    return numbers if np.isfinite(numbers).all() else labels.astype(str)


def check_labels(held_out: HeldOut, request: Request) -> None:
    """Check that a binary classifier's labels are 0 and 1.

    Raises:
        EvaluationError: they are not.
    """
    labels, features = held_out.labels, held_out.features
    other = [label for label in labels if label not in (0, 1)]
    if not other:
        return
    zeros_and_ones = ("0", "1") if features.dtype == object else (0, 1)
    binary = np.flatnonzero(np.isin(features, zeros_and_ones).all(axis=0)) if features.size else np.array([], int)
    guess = f"; only 0 and 1 stand under {request.features[binary[0]]}" if len(binary) else ""
    first = other[0] if isinstance(other[0], str) else f"{other[0]:g}"
    raise EvaluationError(
        f"labels of {BINARY} must be 0 or 1, got {first} in {len(other)} of {len(labels)} rows; "
        f"the first column must be the label{guess}"
    )
