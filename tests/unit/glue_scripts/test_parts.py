"""How rows become files: more rows are more files, whose lines in their order are always the same."""

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from etl_library import parts
from etl_library.days import Day, Split, summarize
from etl_library.errors import DataError
from tests.unit.glue_scripts.scripts import IDS, SCRIPTS, Script

SPLITS = ("train", "validation", "test")


def _files(folder: Path) -> dict[str, list[bytes]]:
    return {name: [path.read_bytes() for path in sorted((folder / name).glob("part-*"))] for name in SPLITS}


@pytest.mark.parametrize("script", SCRIPTS, ids=IDS)
def test_lines_are_the_same_in_many_files(
    spark: SparkSession, tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [script.line(row=row) for row in range(len(script.rows))]
    # The rows lie in other files and in another order.
    for name, ordered, cut in (("a", lines, 6), ("b", lines[::-1], 7)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.csv").write_text(script.file(*ordered[:cut]))
        (tmp_path / name / "2.csv").write_text(script.file(*ordered[cut:]))
    one = script.run(spark, source=str(tmp_path / "a"), destination=f"{tmp_path}/one/")
    monkeypatch.setattr(parts, "FILE_ROWS", 5)
    many = script.run(spark, source=str(tmp_path / "b"), destination=f"{tmp_path}/many/")
    assert many == one
    single, several = _files(tmp_path / "one"), _files(tmp_path / "many")
    assert {name: len(found) for name, found in single.items()} == dict.fromkeys(SPLITS, 1)
    assert len(several["train"]) > 1
    assert all(several["train"])
    assert {name: b"".join(found) for name, found in several.items()} == {
        name: found[0] for name, found in single.items()
    }


def test_the_label_of_a_part_is_that_of_its_days() -> None:
    # 1, 3 and 8: mean 4, variance (9 + 1 + 16) / 3.
    days = [
        Day(first=date(2026, 1, 1), last=date(2026, 1, 1), rows=2, mean=2.0, squares=2.0, low=1.0, high=3.0),
        Day(first=date(2026, 1, 2), last=date(2026, 1, 2), rows=1, mean=8.0, squares=0.0, low=8.0, high=8.0),
        Day(first=date(2026, 1, 3), last=date(2026, 1, 3), rows=2, mean=0.5, squares=0.5, low=0.0, high=1.0),
        Day(first=date(2026, 1, 4), last=date(2026, 1, 4), rows=2, mean=0.5, squares=0.5, low=0.0, high=1.0),
    ]
    split = Split(validation=date(2026, 1, 3), test=date(2026, 1, 4))
    train = summarize(days, split, label="y")["train"]
    assert (train.first, train.last, train.rows) == (date(2026, 1, 1), date(2026, 1, 2), 3)
    assert (train.mean, train.low, train.high) == (4.0, 1.0, 8.0)
    assert train.std == pytest.approx((26 / 3) ** 0.5)
    with pytest.raises(DataError, match="label y: all 1 rows of validation have the one value 8"):
        summarize(days[:2] + days[3:], Split(validation=date(2026, 1, 2), test=date(2026, 1, 4)), label="y")
