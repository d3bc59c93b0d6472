"""Reads CSV as SageMaker's XGBoost container takes it: no header, label first."""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]


class DataError(ValueError):
    """The data is not what the container takes."""


def read_channel(folder: Path) -> Matrix:
    """All files of a channel, in the order of their names.

    Raises:
        DataError: there is no data, or it is not numeric, or rows differ in length.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "_")))
    parts = [parse_csv(path.read_text(encoding="utf-8"), source=path.name) for path in files if path.stat().st_size]
    if not parts:
        raise DataError(f"no data in channel {folder.name}")
    if len({part.shape[1] for part in parts}) > 1:
        raise DataError(f"files of channel {folder.name} differ in their number of columns")
    return np.vstack(parts)


def parse_csv(text: str, *, source: str) -> Matrix:
    """Numbers of a CSV text; an empty cell is a missing value.

    Raises:
        DataError: a cell is no number, or rows differ in length.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return np.loadtxt(
                text.splitlines(), delimiter=",", dtype=np.float32, ndmin=2, comments=None, converters=_number
            )
    except (ValueError, UserWarning) as error:
        raise DataError(f"cannot read {source} as numeric csv: {error}") from error


def _number(cell: str) -> float:
    return float(cell) if cell.strip() else float("nan")
