"""A number for the content of rows, whatever their order: equal means nothing new.

Each row's SHA-256 is cut into four numbers of 60 bits; their sums over all rows and the row count are hashed. Sums do
not depend on how rows are spread over partitions. Repeated rows count.
"""

import hashlib
import json
from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

_WORDS, _DIGITS = 4, 15  # of the 64 hexadecimal digits
_HALF = 30  # bits: the sums of halves fit 64 bits for eight thousand million rows


def words(names: Iterable[str], *, text: Column | None = None, counts: Column | None = None) -> list[Column]:
    """Four numbers of a row; those of all rows go into `sums`.

    Args:
        names: the columns that count.
        text: they as JSON, for rows where it is at hand, else null.
        counts: true for the rows that count; the others have no numbers.
    """
    row = F.to_json(F.struct(*sorted(names)), {"ignoreNullFields": "false"})
    # As bytes: to cut a text Spark counts all of its characters.
    found = row if text is None else F.coalesce(text, row)
    digits = F.sha2(found if counts is None else F.when(counts, found), 256).cast("binary")
    cut = [F.substring(digits, 1 + _DIGITS * index, _DIGITS).cast("string") for index in range(_WORDS)]
    return [F.conv(word, 16, 10).cast("bigint").alias(f"_word{index}") for index, word in enumerate(cut)]


def sums() -> list[Column]:
    """Aggregates over the columns of `words`: ``_rows`` that have them, and what `digest` needs besides."""
    found = [F.count("_word0").alias("_rows")]
    for index in range(_WORDS):
        word = F.col(f"_word{index}")
        found.append(F.sum(F.shiftright(word, _HALF)).alias(f"_high{index}"))
        found.append(F.sum(word.bitwiseAND(F.lit((1 << _HALF) - 1))).alias(f"_low{index}"))
    return found


def digest(found: Row) -> str:
    """SHA-256 in hex of a row of `sums`."""
    whole = [(found[f"_high{index}"] << _HALF) + found[f"_low{index}"] for index in range(_WORDS)]
    return hashlib.sha256(json.dumps([str(value) for value in (found["_rows"], *whole)]).encode()).hexdigest()


def fingerprint(frame: DataFrame, names: Iterable[str]) -> str:
    """Of a whole frame, in a pass of its own."""
    return digest(frame.select(*words(names)).agg(*sums()).collect()[0])
