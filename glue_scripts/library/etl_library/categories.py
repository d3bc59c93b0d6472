"""Codes of texts, in the order in which training first saw them."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

UNSEEN_CODE = -1


def first_days(frame: DataFrame, names: Sequence[str], *, day: str) -> list[Row]:
    """Each value of each column with the first day that has it.

    Args:
        frame: labelled rows.
        names: of the columns.
        day: column with the date.
    """
    if not names:
        return []
    # Combinations are few where rows are many; only after that each becomes a row a column.
    together = frame.groupBy(*names).agg(F.min(day).alias("first"))
    each = F.explode(F.array(*[F.struct(F.lit(name).alias("name"), F.col(name).alias("value")) for name in names]))
    return together.select(each.alias("one"), "first").groupBy("one.name", "one.value").agg(F.min("first")).collect()


def vocabulary(first: Iterable[Row], names: Sequence[str], *, until: date) -> dict[str, list[str]]:
    """Values of each column in the training part; a value's code is its place.

    In the order of their first day: when later data is added, the codes that an earlier model learned stay the same,
    and it can be compared on the same rows.

    Args:
        first: `first_days` of the labelled rows.
        names: of the columns.
        until: the first day after the training part: what came first before it occurs in training.
    """
    seen = sorted((day, value, name) for name, value, day in first if value is not None and day < until)
    return {name: [value for _, value, of in seen if of == name] for name in names}


def codes(words: Mapping[str, Sequence[str]]) -> dict[str, Column]:
    """A column ``<name>_code`` for each; a value that training never saw gets UNSEEN_CODE."""
    return {f"{name}_code": _code(F.col(name), values) for name, values in words.items()}


def _code(column: Column, values: Sequence[str]) -> Column:
    # Spark looks through an array, and a map, from its start; among those of its checksum a value is found at once.
    count = max(len(values), 1)
    alike: list[dict[str, int]] = [{} for _ in range(count)]
    for code, value in enumerate(values):
        alike[zlib.crc32(value.encode()) % count][value] = code
    place = (F.crc32(column.cast("binary")) % count).cast("int")
    known = F.get(_literal([list(each) for each in alike], "array<array<string>>"), place)
    found = F.get(_literal([list(each.values()) for each in alike], "array<array<int>>"), place)
    position = F.call_function("array_position", known, column).cast("int")
    return F.coalesce(F.get(found, position - 1), F.lit(UNSEEN_CODE))


def _literal(value: Any, kind: str) -> Column:
    # A call a value is slow from Python. Spark makes an array of the text before it reads a row.
    return F.from_json(F.lit(json.dumps(value)), kind)
