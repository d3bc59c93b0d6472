"""What no raw line may be, and where the first one is that is it."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.errors import DataError
from etl_library.files import BYTES, path_of
from etl_library.raw import ENCODING_HINT, FILE, LINE, PLAIN, UNEVEN, UNREADABLE, UNREADABLE_TEXT, Raw, read_lines
from etl_library.table import Table

MAX_PLACES = 3  # in a message
_SHOWN = 80  # characters of a line in a message


@dataclass(frozen=True, kw_only=True)
class Check:
    """What no line may be.

    Args:
        text: of the message; ``{count}`` is the number of such lines.
        bad: true for such a line; over the columns of ``Raw.frame``.
        shown: what the message shows of the first one.
    """

    text: str
    bad: Column
    shown: Column | None = None


# Those of a later stage count only when those of the earlier ones found nothing.
Stages = Sequence[Sequence[Check]]


def line_checks(encoding: str) -> list[Check]:
    """What every line must be, whatever its values."""
    return [
        Check(
            text="{count} lines have more or fewer values than their header has names",
            bad=F.col(UNEVEN),
            shown=F.col(LINE),
        ),
        Check(
            text=f"{{count}} lines are not {encoding} ({ENCODING_HINT})",
            bad=F.col(UNREADABLE),
            shown=F.col(LINE),
        ),
    ]


def cell_checks(table: Table) -> list[Check]:
    """What every cell must be."""
    parsed = [
        Check(
            text=f"column {name}: {{count}} values cannot be parsed as {kind.name}",
            bad=F.col(name).isNotNull() & ~F.col(name).rlike(rf"^(?:{kind.pattern})\z"),
            shown=F.col(name),
        )
        for name, kind in table.columns.items()
        if kind.pattern is not None
    ]
    return parsed + [
        Check(text=f"column {name}: {{count}} values are missing", bad=F.col(name).isNull()) for name in table.required
    ]


def any_bad(stages: Stages) -> Column:
    """True for a line that some check is true for, else false."""
    return F.coalesce(reduce(or_, [check.bad for stage in stages for check in stage], F.lit(False)), F.lit(False))


def is_bad(table: Table, own: Stages) -> Column:
    """As `any_bad` of all checks; what a line's cells may be is asked only where PLAIN does not answer it.

    Args:
        table: the columns.
        own: the checks of a model.
    """
    looked_at = F.col(PLAIN).isNull() & any_bad([cell_checks(table)])
    return F.col(UNEVEN) | F.col(UNREADABLE_TEXT) | looked_at | any_bad(own)


def refuse(raw: Raw, stages: Stages) -> None:
    """Count the lines that a check is true for.

    Raises:
        DataError: no rows, or some that a check is true for; names the first of them.
    """
    checks = [check for stage in stages for check in stage]
    rows, *counts = raw.frame.agg(F.count(F.lit(1)), *[F.count(F.when(check.bad, 1)) for check in checks]).collect()[0]
    if rows == 0:
        raise DataError("the raw data has no rows")
    results = zip(checks, counts, strict=True)
    for stage in stages:
        if problems := [(check, count) for check, count in itertools.islice(results, len(stage)) if count]:
            texts = [check.text.format(count=count) for check, count in problems]
            # To find a place reads a file; one line that is none, such as a second header, is wrong in every column.
            places = [f", {_first(raw, check)}" for check, _ in problems[:MAX_PLACES]]
            raise DataError("; ".join(map("".join, itertools.zip_longest(texts, places, fillvalue=""))))


def _first(raw: Raw, check: Check) -> str:
    """Where a check is true first."""
    uri = raw.frame.where(check.bad).agg(F.min(FILE)).collect()[0][0]
    path = path_of(raw.frame.sparkSession, uri)
    shown = F.lit(None) if check.shown is None else check.shown
    first = read_lines(raw, uri).where(check.bad).orderBy("place").select("place", shown).head()
    if first is None:
        raise DataError(f"file {path} changed while it was read; start a new run")
    value = "" if first[1] is None else f": {_readable(first[1], raw.encoding)!r}"
    return f"first in line {first[0] + 1} of {path}{value}"


def _readable(text: str, encoding: str) -> str:
    decoded = text.encode(BYTES).decode(encoding, "backslashreplace")
    return decoded if len(decoded) <= _SHOWN else f"{decoded[:_SHOWN]}..."
