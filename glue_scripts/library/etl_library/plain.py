r"""Lines that need no second look: one text a line, and one regular expression over it, tell that every cell is right.

The text is the line as JSON, which the fingerprint needs anyway. Its cells stand between quotation marks, of which a
cell that fits has none, so that the text fits exactly when each cell does. A text cell fits if it is printable ASCII
without ``"`` and ``\``: it means the same in all encodings and in JSON. What does not fit is looked at cell by cell.
"""

import json

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.table import Table

_PLAIN_TEXT = r"[ !#-\[\]-~]*"


def plain_json(table: Table) -> Column:
    """The cells as ``to_json`` writes them; null for a line that needs a second look."""
    text = _json(table)
    return F.when(text.rlike(_pattern(table)), text)


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


def _pattern(table: Table) -> str:
    fields = []
    for name in sorted(table.columns):
        cell = rf'"(?:{table.columns[name].pattern or _PLAIN_TEXT})"'
        fields.append(rf"\Q{json.dumps(name)}:\E{cell if name in table.required else f'(?:{cell}|null)'}")
    return rf"^\{{{','.join(fields)}\}}\z"
