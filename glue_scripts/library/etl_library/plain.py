r"""Lines that need no second look: cheap tests of their cells tell that each of them is right.

A text is right if it is printable ASCII without ``"`` and ``\``: it means the same in all encodings and in JSON. An
integer is right if it is as Spark writes it, so that 007 is not; a test by a regular expression takes four times as
long. Lines of which this tells nothing are looked at cell by cell.
"""

import json
from collections.abc import Mapping
from functools import reduce
from operator import and_

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.table import INTEGER, MISSING, TEXT, Kind, Table

_NINE_DIGITS = 999_999_999  # as INTEGER's pattern says


def plain_cells(places: Mapping[str, Kind]) -> Column:
    """True if all cells but integers are right, by one expression: to begin with one takes as long as many characters.

    Args:
        places: the columns of the file that have the table's cells, each with its kind.
    """
    texts = [place for place, kind in places.items() if kind is TEXT]
    others = {place: kind.pattern for place, kind in places.items() if kind not in (TEXT, INTEGER)}
    # None of these patterns, nor a text that is right, has the quotation mark that is behind each of the others.
    pattern = "".join(f'(?:{kind}|{"|".join(MISSING)})"' for kind in others.values())
    line = F.concat_ws('"', *[F.coalesce(F.col(place), F.lit("")) for place in others], F.concat_ws("", *texts))
    return line.rlike(rf"^{pattern}[ !#-\[\]-~]*+\z")


def plain_json(table: Table, others: Column) -> Column:
    """The cells as ``to_json`` writes them; null for a line that needs a second look.

    Args:
        table: the columns.
        others: `plain_cells` of its cells.
    """
    integers = [_fits(F.col(name)) for name, kind in table.columns.items() if kind is INTEGER]
    return F.when(reduce(and_, integers, others), _json(table))


def _fits(cell: Column) -> Column:
    number = cell.cast("int")
    return cell.isNull() | (number.between(-_NINE_DIGITS, _NINE_DIGITS) & (number.cast("string") == cell))


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
