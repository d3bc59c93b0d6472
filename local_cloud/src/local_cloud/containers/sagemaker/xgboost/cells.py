"""What a cell of a CSV is worth to SageMaker's XGBoost: a number, nothing, or a mistake that is refused.

AWS's container reads training data with XGBoost's own text parser, which takes what it does not understand for a
missing value, or for as much of a number as it understands, without a word
(``data_utils.py`` of https://github.com/aws/sagemaker-xgboost-container, v3.0-5; the parser is dmlc-core's
``csv_parser.h`` and ``strtonum.h``). Here that is an error; docs/cells.md has the table of all kinds.
"""

import csv
import functools
import re
from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

# At most 19 digits before the point, and an exponent of at most 38: the parser computes others wrongly.
NUMBER = r"[+-]?(?:[0-9]{1,19}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?:\+?0*(?:[0-9]|[12][0-9]|3[0-8])|-[0-9]+))?"
MISSING = "[+-]?[nN][aA][nN]"
# What may stand between cells. The parser passes over tabs and blanks before a number, and an empty cell with them.
DELIMITERS = ",;|:\t "
_SWALLOWED = "\t "
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


def find_delimiter(line: str) -> str:
    """What stands between the cells of a line, as the container finds it: by Python's guess.

    Raises:
        DataError: Python has no guess, as with an empty line.
    """
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise DataError(f"Could not determine delimiter on line {line[:50]}:\n{error}") from error


def first_line(data: bytes) -> str:
    """What the container looks for a delimiter in."""
    return re.split(rb"\r\n|\r|\n", data, maxsplit=1)[0].decode("utf-8", errors="ignore")


@functools.cache
def _row(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a row looks like, and a cell."""
    blanks = "[ \t]*".replace(delimiter, "")
    cell = rf"{blanks}(?:{NUMBER}|{MISSING}){blanks}"
    if delimiter not in _SWALLOWED:
        cell = f"(?:{cell})?"
    return re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*"), re.compile(cell)


def read(data: bytes, *, source: str, delimiter: str = ",") -> Rows:
    """All rows of a text without header; empty lines are left out.

    Raises:
        DataError: a cell is no number, rows differ in length, or the text is no UTF-8.
    """
    values, numbers, width = array("d"), array("q"), 0
    row, _ = _row(delimiter)
    for number, line in enumerate(lines(data, source), 1):
        if not line:
            continue
        cells = line.split(delimiter)
        if not row.fullmatch(line):
            raise DataError(_complaint(cells, f"{source} line {number}", delimiter))
        width = width or len(cells)
        if len(cells) != width:
            raise DataError(f"{source} line {number} has {len(cells)} columns, the first row has {width}")
        values.extend([float(cell) if cell else np.nan for cell in cells])
        numbers.append(number)
    found = Rows(
        source=source,
        values=np.array(values, dtype=np.float64).reshape(len(numbers), width),
        lines=np.array(numbers, dtype=np.int64),
    )
    if (large := np.argwhere(np.abs(found.values) > LARGEST)).size:
        at, column = (int(index) for index in large[0])
        raise DataError(f"{found.place(at, column)}: {found.values[at, column]:g} is too large for 32 bits")
    return found


def lines(data: bytes, source: str) -> list[str]:
    """The lines of a file, as XGBoost's reader ends them.

    Args:
        data: of the file.
        source: its name.

    Raises:
        DataError: it is no UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{source} line {line}: the byte {data[error.start]:#04x} is no UTF-8") from error
    # Only where the parser ends a row; str.splitlines() knows many other ends.
    return text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _complaint(cells: list[str], line: str, delimiter: str) -> str:
    _, one = _row(delimiter)
    bad = [index for index, cell in enumerate(cells) if not one.fullmatch(cell)]
    if not cells[bad[0]].strip():
        return (
            f"{line} column {bad[0] + 1}: AWS's container passes over an empty cell between {delimiter!r},"
            " and moves the rest of the row; separate cells by commas"
        )
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
