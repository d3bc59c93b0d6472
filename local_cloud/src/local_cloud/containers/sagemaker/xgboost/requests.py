"""Reads the body of a request as the serving container does: rows of features, nothing else.

AWS's container makes Python numbers of the cells (``encoder.py`` and ``algorithm_mode/serve_utils.py`` of
https://github.com/aws/sagemaker-xgboost-container, v3.0-5). Refused here and not there: fewer cells than features,
``1_000``, digits that are not ASCII, blanks other than space and tab.
"""

import re

import numpy as np
from scipy import sparse

from local_cloud.containers.sagemaker.xgboost.cells import (
    DELIMITERS,
    LARGEST,
    MISSING,
    DataError,
    Matrix,
    advice,
    find_delimiter,
)

# Python's own grammar of a number, whatever its size; inf is understood in order to be refused by its name.
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_CELL = re.compile(rf"(?:[ \t]*(?:{_NUMBER}|{MISSING}|[+-]?(?i:inf|infinity))[ \t\r]*)?")
_BLANKS = " \t\n\r\x0b\x0c"
_ITEM = re.compile(rf"(?P<index>[0-9]{{1,9}}):(?P<value>{_NUMBER})")


def parse(text: str, *, features: int) -> Matrix:
    """Rows of a request: at least one, each with a number or nothing for every feature.

    Raises:
        DataError: there is no row, one has another number of cells, or a cell is no finite number.
    """
    # As the container strips it: an empty first or last row is none.
    body = text.strip(_BLANKS)
    if not body:
        raise DataError("the request has no rows")
    rows = body.split("\n")
    delimiter = _delimiter(rows[0])
    return np.array([_row(row, number, features, delimiter) for number, row in enumerate(rows, 1)], dtype=np.float64)


def _delimiter(line: str) -> str:
    found = find_delimiter(line[:512])
    if found.isalnum():
        # As the container has it: a row of one number.
        return ","
    if found not in DELIMITERS:
        raise DataError(
            f"AWS's container takes {found!r} for what stands between the cells of {line[:50]!r}; separate by commas"
        )
    return found


def _row(row: str, number: int, features: int, delimiter: str) -> list[float]:
    cells = row.split(delimiter)
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


def parse_libsvm(text: str, *, features: int, from_one: bool = False) -> sparse.csr_matrix:
    """Rows of ``index:value``; what a row does not name is missing, and a label is passed over.

    AWS's container passes over everything else without a colon too, and over rows at the end without any value.

    Args:
        text: the body.
        features: how many the model takes.
        from_one: a body that does not name the index 0 counts from 1, as 3.2-0 has it; else from 0.

    Raises:
        DataError: there is no row, or one holds something else.
    """
    body = text.strip(_BLANKS)
    if not body:
        raise DataError("the request has no rows")
    places: tuple[list[int], list[int]] = ([], [])
    values: list[float] = []
    rows = [_items(row.rstrip("\r"), number) for number, row in enumerate(body.split("\n"), 1)]
    first = int(from_one and min(index for row in rows for index, _ in row) >= 1)
    for number, row in enumerate(rows, 1):
        for index, value in row:
            if index - first >= features:
                raise DataError(
                    f"row {number}: the model takes {features} features, whose indices are from {first}, got {index}"
                )
            places[0].append(number - 1)
            places[1].append(index - first)
            values.append(value)
    return sparse.csr_matrix((values, places), shape=(body.count("\n") + 1, features))


def _items(row: str, number: int) -> list[tuple[int, float]]:
    first, *items = row.split() if row.strip() else ("",)
    if ":" in first:
        items.insert(0, first)
    if not items:
        raise DataError(f"row {number} of the request has no index:value")
    found = []
    for item in items:
        known = _ITEM.fullmatch(item)
        if not known or abs(float(known["value"])) > LARGEST:
            raise DataError(f"cannot read the request as libsvm: row {number}: {item[:50]!r} is no index:value")
        found.append((int(known["index"]), float(known["value"])))
    if len({index for index, _ in found}) < len(found):
        raise DataError(f"row {number} names a feature twice")
    return found
