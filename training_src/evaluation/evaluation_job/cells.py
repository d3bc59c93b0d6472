"""The cells of a CSV file: what may stand in them (docs/cells.md), and what is refused."""

from __future__ import annotations

import re
from array import array

import numpy as np
import numpy.typing as npt

from evaluation_job.errors import EvaluationError

# What a cell may be: a number as XGBoost's text parser computes it rightly, NaN, or nothing (docs/cells.md).
_CELL = (
    r"(?:[ \t]*(?:[+-]?(?:[0-9]{1,19}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?:\+?0*(?:[0-9]|[12][0-9]|3[0-8])|-[0-9]+))?"
    r"|[+-]?[nN][aA][nN])[ \t]*)?"
)
_ROW = re.compile(f"{_CELL}(?:,{_CELL})*")
_LARGEST = 3.4028234e38  # of 32 bits


def parse_csv(data: bytes, *, source: str) -> npt.NDArray[np.float64]:
    """Numbers of a CSV text without header; nothing and NaN are missing values, empty lines are left out.

    What XGBoost's own reader passes over without a word (text, true, quotes, a header, short rows) is an error here.

    Raises:
        EvaluationError: a cell is no number, rows differ in length, or there are none.
    """
    # Twice: at float32, the precision of XGBoost itself, 0.1 would not equal the 0.1 of a slice's name.
    values, numbers, width = array("d"), array("q"), 0
    for number, line in enumerate(lines(data, source), 1):
        if not line and not values:
            # As the training refuses it, which takes the delimiter from there.
            raise EvaluationError(f"{source} line {number} is empty; the first line must be data")
        if not line:
            continue
        cells = line.split(",")
        if not _ROW.fullmatch(line):
            bad = [index for index, cell in enumerate(cells) if not re.fullmatch(_CELL, cell)]
            header = "; the first line must be data, not names" if number == 1 and len(bad) == len(cells) else ""
            raise EvaluationError(
                f"{source} line {number} column {bad[0] + 1}: {cells[bad[0]][:50]!r} is no number; the ETL job must "
                f"write numbers such as -1.5 or 2E-3, and nothing for a missing value{header}"
            )
        width = width or len(cells)
        if len(cells) != width:
            raise EvaluationError(f"{source} line {number} has {len(cells)} columns, the first row has {width}")
        values.extend([float(cell) if cell else np.nan for cell in cells])
        numbers.append(number)
    table = np.array(values, dtype=np.float64).reshape(-1, width)
    large = np.argwhere(np.abs(table) > _LARGEST)
    if large.size:
        row, column = large[0]
        raise EvaluationError(f"{source} line {numbers[row]} column {column + 1}: the number is too large for 32 bits")
    return table


def lines(data: bytes, source: str) -> list[str]:
    """Lines of a text, whatever ends them.

    Raises:
        EvaluationError: it is no UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EvaluationError(f"{source} line {line}: the byte {data[error.start]:#04x} is no UTF-8") from error
    return (text[1:] if text.startswith("\ufeff") else text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
