"""What a model's raw files hold: the names of the columns and the kinds of their cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MISSING = ("", "NA")  # cells


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a cell may be.

    Args:
        name: of one such value, for messages.
        pattern: of a whole such value, which has no quotation mark, in Java's regular expressions; None for any text.
    """

    name: str
    pattern: str | None


INTEGER = Kind(name="an integer", pattern=r"[+-]?\d{1,9}")
NUMBER = Kind(name="a number", pattern=r"[+-]?(?:\d{1,9}(?:\.\d*)?|\.\d+)")
TIMESTAMP = Kind(name="a timestamp", pattern=r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
DATE = Kind(name="a date (YYYY/MM/DD)", pattern=r"\d{4}/\d{2}/\d{2}")
TEXT = Kind(name="text", pattern=None)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns that a model needs; its files may have others.

    Args:
        columns: kind of each column.
        required: columns in which every row has a value.
    """

    columns: Mapping[str, Kind]
    required: Sequence[str]
