"""Reads the body of a request as the serving container does: rows of features, nothing else.

AWS's container makes Python numbers of the cells (``encoder.py`` and ``algorithm_mode/serve_utils.py`` of
https://github.com/aws/sagemaker-xgboost-container, v3.0-5). Refused here and not there: other delimiters than a comma,
fewer cells than features, ``1_000``, digits that are not ASCII, blanks other than space and tab.
"""

import re

import numpy as np

from local_cloud.containers.sagemaker.xgboost.cells import LARGEST, MISSING, DataError, Matrix, advice

# Python's own grammar of a number, whatever its size; inf is understood in order to be refused by its name.
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_CELL = re.compile(rf"(?:[ \t]*(?:{_NUMBER}|{MISSING}|[+-]?(?i:inf|infinity))[ \t\r]*)?")
_BLANKS = " \t\n\r\x0b\x0c"


def parse(text: str, *, features: int) -> Matrix:
    """Rows of a request: at least one, each with a number or nothing for every feature.

    Raises:
        DataError: there is no row, one has another number of cells, or a cell is no finite number.
    """
    # As the container strips it: an empty first or last row is none.
    body = text.strip(_BLANKS)
    if not body:
        raise DataError("the request has no rows")
    return np.array([_row(row, number, features) for number, row in enumerate(body.split("\n"), 1)], dtype=np.float64)


def _row(row: str, number: int, features: int) -> list[float]:
    cells = row.split(",")
    found = len(cells) if row.strip() else 0
    # An empty row would be skipped, and the answers would no longer stand beside their rows.
    if found != features:
        raise DataError(f"the model takes {features} features, got {found} in row {number}")
    return [_value(cell, f"row {number} column {column}") for column, cell in enumerate(cells, 1)]


def _value(cell: str, place: str) -> float:
    if not _CELL.fullmatch(cell):
        raise DataError(f"cannot read the request as numeric csv: {place}: {cell[:50]!r} is no number; {advice(cell)}")
    value = float(cell) if cell else np.nan
    if abs(value) > LARGEST:
        raise DataError(f"cannot read the request: {place}: {cell!r} is infinite, or too large for 32 bits")
    return value
