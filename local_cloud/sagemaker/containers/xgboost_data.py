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
                [line.removesuffix("\r") for line in text.split("\n")],
                delimiter=",",
                dtype=np.float32,
                ndmin=2,
                comments=None,
                converters=_number,
            )
    except (ValueError, UserWarning) as error:
        raise DataError(f"cannot read {source} as numeric csv: {error}") from error


def parse_request(text: str, *, features: int) -> Matrix:
    """Rows of a request: at least one, each with a number or nothing for every feature.

    Raises:
        DataError: there is no row, one has another number of cells, or a cell is no finite number.
    """
    # Only where the algorithm's own reader ends a row; str.splitlines() knows many other ends.
    rows = text.removesuffix("\n").split("\n") if text.strip() else []
    if not rows:
        raise DataError("the request has no rows")
    # An empty row would be skipped, and the answers would no longer stand beside their rows.
    for number, row in enumerate(rows, 1):
        if (found := row.count(",") + 1) != features or not row.strip():
            raise DataError(f"the model takes {features} features, got {found if row.strip() else 0} in row {number}")
    with np.errstate(over="ignore"):
        table = parse_csv("\n".join(rows), source="the request")
    if np.isinf(table).any():
        raise DataError("cannot read the request: a number is infinite, or too large for 32 bits")
    return table


def _number(cell: str) -> float:
    return float(cell) if cell.strip() else float("nan")
