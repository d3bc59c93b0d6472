"""Reads a channel of LIBSVM as SageMaker's XGBoost container does: with XGBoost's own reader of text.

A row is ``label[:weight] [qid:group] index:value ...``, and the indices count from 0. The container looks at the first
lines only (``data_utils.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5); what the reader then takes
for something else without a word, or crashes on, is refused here: ``1:nan``, ``1:x`` and ``1`` are to it the value 1.
"""

import re
import tempfile
from pathlib import Path

import xgboost as xgb

from local_cloud.containers.sagemaker.xgboost import data
from local_cloud.containers.sagemaker.xgboost.cells import LARGEST, NUMBER, DataError

_ROW = re.compile(
    rf"(?P<label>{NUMBER})(?::(?P<weight>{NUMBER}))?(?P<group>[ \t]+qid:[0-9]{{1,9}})?"
    rf"(?P<features>(?:[ \t]+[0-9]{{1,9}}:{NUMBER})*)[ \t]*(?:#.*)?"
)
# What XGBoost marks its own files with, and whoever looks for others must leave out.
_NAME = "rows"


def read_channel(folder: Path) -> xgb.DMatrix:
    """All files of a channel as one matrix.

    Raises:
        DataError: there is no data, or a line that is no row.
    """
    texts = [_read(path, str(path.relative_to(folder)), folder.name) for path in data.files(folder)]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / _NAME
        path.write_text("".join(texts), encoding="utf-8")
        try:
            return xgb.DMatrix(f"{path}?format=libsvm")
        except xgb.core.XGBoostError as error:
            raise DataError(f"Failed to load libsvm data with exception:\n{error}") from error


def _read(path: Path, name: str, channel: str) -> str:
    text = path.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    _look_at_first(lines, name)
    kinds = set()
    for number, line in enumerate(lines, 1):
        if not line.strip(" \t"):
            continue
        row = _ROW.fullmatch(line)
        if not row or any(abs(float(item.partition(":")[2])) > LARGEST for item in row["features"].split()):
            raise DataError(
                f"{name} line {number} of channel {channel}: {line[:50]!r} is not 'LIBSVM' format, which is"
                " label[:weight] [qid:group] index:value ... with numbers only, and nothing for a missing value"
            )
        kinds.add((row["weight"] is not None, row["group"] is not None))
    if len(kinds) > 1:
        raise DataError(f"{name} of channel {channel}: either all rows have a weight, or a group, or none has")
    return "\n".join(lines) + "\n"


def _look_at_first(lines: list[str], name: str) -> None:
    """The container's own look, at all lines up to the first one with two features."""
    ends = ["\n"] * (len(lines) - 1) + [""]
    for line, end in zip(lines, ends, strict=True):
        if not line + end:
            return
        features = _features(line + end)
        if features is None:
            raise DataError(
                f"First line '{(line + end)[:50]}...' of file '{name.rpartition('/')[2]}' is not 'LIBSVM' format."
                " Please ensure the file is in 'LIBSVM' format."
            )
        if features > 1:
            return


def _features(line: str) -> int | None:
    """How many features a line has to the container; None if it takes the line for no row."""
    label, *features = line.split(" ")
    parts = label.split(":")
    if len(parts) > 2:  # noqa: PLR2004  # label and weight
        return None
    try:
        for part in parts:
            float(part)
    except ValueError:
        return None
    if not all(":" in feature for feature in features):
        return None
    # The container looks at the first one only.
    return None if features and features[0].count(":") != 1 else len(features)
