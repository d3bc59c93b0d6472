"""The script on a warehouse's rows: what it refuses, and what it writes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from etl_library.days import SPLITS
from etl_library.errors import DataError
from etl_library.fingerprint import fingerprint
from glue_scripts import shop_sales

_START = date(2026, 1, 1)
_TYPES = "day date, shop int, weekday int, on_offer boolean, degrees double, pieces int"
_Row = tuple[Any, ...]


def _rows(days: int) -> list[_Row]:
    return [(_START + timedelta(day), 1, day % 7 + 1, day % 2 == 0, day / 4, 10 + day) for day in range(days)]


def _extract(spark: SparkSession, folder: Path, rows: list[_Row]) -> str:
    spark.createDataFrame(rows, _TYPES).write.parquet(f"{folder}/data/")
    return f"{folder}/"


def test_parts_are_in_time_order_and_plain_numbers(spark: SparkSession, tmp_path: Path) -> None:
    source, destination = _extract(spark, tmp_path / "in", _rows(40)[::-1]), f"{tmp_path / 'out'}/"
    report = shop_sales.run(spark, source=source, destination=destination)
    assert report["rows"] == {"train": 32, "validation": 4, "test": 4}
    found = {name: sorted(path.name for path in (tmp_path / "out" / name).glob("[!.]*")) for name in SPLITS}
    assert all(len(names) == 1 and names[0].startswith("part-") for names in found.values()), found
    (test,) = (tmp_path / "out" / "test").glob("part-*")
    # Day 36 of 40 is the first of the last tenth: pieces, shop, weekday, offer, degrees.
    assert test.read_text().splitlines()[0] == "46.0,1.0,2.0,1.0,9.0"
    assert (report["golden_request"], report["golden_label"]) == ("1.0,2.0,1.0,9.0", 46.0)


def test_the_fingerprint_is_of_the_rows_and_not_of_their_order(spark: SparkSession, tmp_path: Path) -> None:
    rows = _rows(30)
    changed = [(*rows[0][:-1], 11), *rows[1:]]
    first, same, other = (
        fingerprint(spark.createDataFrame(given, _TYPES), shop_sales.MODEL.columns)
        for given in (rows, rows[::-1], changed)
    )
    assert first == same != other


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([*_rows(30), (_START, 2, 1, True, float("nan"), 3)], "column degrees is empty or not finite in the row"),
        ([*_rows(30), (_START, 2, 1, True, float("-inf"), 3)], "column degrees is empty or not finite in the row"),
        ([*_rows(30), (None, 2, 1, True, 0.5, 3)], "column day is empty or not finite in the row"),
        (_rows(29), "the query gave 29 days, at least 30 are needed"),
        ([*_rows(30), (_START, 2, 1, None, 0.5, 3)], "column on_offer is empty or not finite in the row"),
    ],
)
def test_rows_that_the_model_was_not_built_for_are_refused(
    rows: list[_Row], told: str, spark: SparkSession, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=told):
        shop_sales.MODEL.read_rows(spark, _extract(spark, tmp_path, rows))


@pytest.mark.parametrize(
    ("types", "told"),
    [
        (_TYPES.replace("shop int", "shop string"), "column shop is of type string, allowed are .*double"),
        (_TYPES.replace("day date", "day timestamp"), "column day is of type timestamp, allowed are date"),
        (_TYPES.replace("pieces int", "sold int"), "the query has no column pieces, it has day, shop"),
    ],
)
def test_columns_that_would_become_empty_cells_are_refused(
    types: str, told: str, spark: SparkSession, tmp_path: Path
) -> None:
    spark.createDataFrame([], types).write.parquet(f"{tmp_path}/data/")
    with pytest.raises(DataError, match=told):
        shop_sales.MODEL.read_rows(spark, f"{tmp_path}/")
