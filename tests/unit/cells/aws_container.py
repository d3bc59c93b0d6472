"""What AWS's XGBoost container does with CSV, by its public source: https://github.com/aws/sagemaker-xgboost-container

Nothing of it is copied. In algorithm mode, v3.0-5 and HEAD (June 2026) alike, the training finds the delimiter with
``csv.Sniffer`` in the first line of every data file, then once more in that of the file that the directory lists
first, and leaves the rest to XGBoost's own reader of text, called here with the XGBoost of the image (3.0.5). Serving
makes Python numbers of the cells of the stripped body.
"""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from tests.unit.cells.kinds import Table, table

VERSION = "3.0.5"


class ContainerError(Exception):
    """The container refuses; the message is its own or XGBoost's."""


def train_on(folder: Path, *, listed: list[str]) -> Table:
    """What the training reads of a channel, label first.

    Args:
        folder: the channel.
        listed: names of its files in the order of the directory, which is the file system's.

    Raises:
        ContainerError: it refuses the channel.
    """
    for name in listed:
        if not name.startswith(("_", ".")):
            _delimiter(_first_line(folder / name, errors="ignore"))
    delimiter = _delimiter(_first_line(folder / listed[0]))
    try:
        matrix = xgb.DMatrix(f"{folder}?format=csv&label_column=0&delimiter={delimiter}")
    except xgb.core.XGBoostError as error:
        raise ContainerError(str(error)) from error
    return table(np.c_[matrix.get_label(), features(matrix)])


def features(matrix: xgb.DMatrix) -> npt.NDArray[np.floating]:
    """All features; what XGBoost does not hold is missing."""
    held = matrix.get_data().tocoo()
    found = np.full((matrix.num_row(), matrix.num_col()), np.nan)
    found[held.row, held.col] = held.data
    return found


def serve(body: bytes) -> Table:
    """What the serving understands of a request.

    Raises:
        ContainerError: it refuses the request.
    """
    try:
        text = body.strip().decode("utf-8")
        found = csv.Sniffer().sniff(text.split("\n")[0][:512]).delimiter
        delimiter = "," if found.isalnum() else found
        cells = [[cell or "nan" for cell in row.split(delimiter)] for row in text.split("\n")]
        values = np.array(cells).astype(float)
        # Refuses what is infinite in 32 bits.
        xgb.DMatrix(values)
    except (ValueError, csv.Error, xgb.core.XGBoostError) as error:
        raise ContainerError(str(error)) from error
    return table(values)


def _first_line(path: Path, *, errors: str = "strict") -> str:
    try:
        with path.open(encoding="utf-8", errors=errors) as file:
            return file.readline()
    except UnicodeDecodeError as error:
        raise ContainerError(str(error)) from error


def _delimiter(line: str) -> str:
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise ContainerError(f"Could not determine delimiter on line {line[:50]}:\n{error}") from error
