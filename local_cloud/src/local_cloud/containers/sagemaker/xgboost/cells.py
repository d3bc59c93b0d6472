"""What a cell of a CSV is worth to SageMaker's XGBoost: a number, nothing, or a mistake that is refused.

AWS's container reads training data with XGBoost's own text parser, which takes what it does not understand for a
missing value, or for as much of a number as it understands, without a word
(``data_utils.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5; the parser is dmlc-core's
``csv_parser.h`` and ``strtonum.h``). Here that is an error; docs/cells.md has the table of all kinds.
"""

import re
from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

# At most 19 digits before the point, and an exponent of at most 38: the parser computes others wrongly.
NUMBER = r"[+-]?(?:[0-9]{1,19}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?:\+?0*(?:[0-9]|[12][0-9]|3[0-8])|-[0-9]+))?"
MISSING = "[+-]?[nN][aA][nN]"
_CELL = rf"(?:[ \t]*(?:{NUMBER}|{MISSING})[ \t]*)?"
_ROW = re.compile(rf"{_CELL}(?:,{_CELL})*")
_ONE = re.compile(_CELL)
# The largest number of 32 bits.
LARGEST = 3.4028234e38
_BOM = "\ufeff"


class DataError(ValueError):
    """The data is not what the container takes."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one file.

    Args:
        source: its name.
        values: a row each; a missing value is NaN.
        lines: number of the line of each row, from 1.
    """

    source: str
    values: Matrix
    lines: npt.NDArray[np.int64]

    def place(self, row: int, column: int) -> str:
        """Where a value stands, for people; both are counted from 0."""
        return f"{self.source} line {self.lines[row]} column {column + 1}"


def read(data: bytes, *, source: str) -> Rows:
    """All rows of a text without header; empty lines are left out.

    Raises:
        DataError: a cell is no number, rows differ in length, or the text is no UTF-8.
    """
    values, numbers, width = array("d"), array("q"), 0
    for number, line in enumerate(_lines(data, source), 1):
        if not line:
            continue
        cells = line.split(",")
        if not _ROW.fullmatch(line):
            raise DataError(_complaint(cells, f"{source} line {number}"))
        width = width or len(cells)
        if len(cells) != width:
            raise DataError(f"{source} line {number} has {len(cells)} columns, the first row has {width}")
        values.extend([float(cell) if cell else np.nan for cell in cells])
        numbers.append(number)
    rows = Rows(
        source=source,
        values=np.array(values, dtype=np.float64).reshape(len(numbers), width),
        lines=np.array(numbers, dtype=np.int64),
    )
    if (large := np.argwhere(np.abs(rows.values) > LARGEST)).size:
        row, column = (int(index) for index in large[0])
        raise DataError(f"{rows.place(row, column)}: {rows.values[row, column]:g} is too large for 32 bits")
    return rows


def _lines(data: bytes, source: str) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{source} line {line}: the byte {data[error.start]:#04x} is no UTF-8") from error
    # Only where the parser ends a row; str.splitlines() knows many other ends.
    return text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _complaint(cells: list[str], line: str) -> str:
    bad = [index for index, cell in enumerate(cells) if not _ONE.fullmatch(cell)]
    found = f"{line} column {bad[0] + 1}: {cells[bad[0]][:50]!r} is no number; {advice(cells[bad[0]])}"
    if len(bad) == len(cells) and line.endswith(" line 1"):
        found += ". Is it a header? The container takes none"
    return found


def advice(cell: str) -> str:
    """What to write instead of a cell that is refused."""
    text = cell.strip()
    if text.lower() in {"true", "false"}:
        return "write 1 or 0"
    if '"' in text or "'" in text:
        return "write numbers without quotes"
    if text.lower().lstrip("+-") in {"inf", "infinity"}:
        return "infinite numbers are not allowed"
    if re.fullmatch(r"[+-]?[0-9]{20,}(?:\.[0-9]*)?|.*[0-9.][eE]\+?[0-9]+", text):
        return "it has too many digits, or too large an exponent: write it as 1.5E20"
    return "write a number such as -1.5 or 2E-3, and nothing for a missing value"
