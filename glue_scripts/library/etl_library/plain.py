r"""Lines that need no second look: cheap tests of their cells tell that each of them is right.

A text is right if it is printable ASCII without ``"`` and ``\``: it means the same in all encodings and in JSON. An
integer is right if it is as Spark writes it, so that 007 is not; a test by a regular expression takes four times as
long. Lines of which this tells nothing are looked at cell by cell.
"""

import json
from functools import reduce
from operator import and_

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.table import INTEGER, TEXT, Kind, Table

_NINE_DIGITS = 999_999_999  # as INTEGER's pattern says


def plain_texts(*cells: str) -> Column:
    """True if the texts of these columns are right."""
    return F.concat_ws("", *cells).rlike(r"^[ !#-\[\]-~]*+\z")


def plain_json(table: Table, texts: Column) -> Column:
    """The cells as ``to_json`` writes them; null for a line that needs a second look.

    Args:
        table: the columns.
        texts: `plain_texts` of its texts.
    """
    others = [_fits(F.col(name), kind) for name, kind in table.columns.items() if kind is not TEXT]
    return F.when(reduce(and_, others, texts), _json(table))


def _fits(cell: Column, kind: Kind) -> Column:
    if kind is INTEGER:
        number = cell.cast("int")
        fits = number.between(-_NINE_DIGITS, _NINE_DIGITS) & (number.cast("string") == cell)
    else:
        fits = cell.rlike(rf"^(?:{kind.pattern})\z")
    return cell.isNull() | fits


def _json(table: Table) -> Column:
    parts: list[Column] = []
    literal = "{"
    for name in sorted(table.columns):
        literal += f"{json.dumps(name)}:"
        if name in table.required:
            # A missing cell makes the whole text null.
            parts += [F.lit(f'{literal}"'), F.col(name)]
            literal = '",'
        else:
            quoted = F.concat(F.lit('"'), F.col(name), F.lit('"'))
            parts += [F.lit(literal), F.coalesce(quoted, F.lit("null"))]
            literal = ","
    return F.concat(*parts, F.lit(f"{literal[:-1]}}}"))
