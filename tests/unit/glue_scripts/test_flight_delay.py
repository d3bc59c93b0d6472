"""The flight job: what it refuses, what it computes, and that the future does not reach the past."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from etl_library.days import SPLITS, Split
from etl_library.errors import DataError
from etl_library.fingerprint import fingerprint
from etl_library.raw import read_raw
from glue_scripts import flight_delay
from tests.unit.glue_scripts.scripts import Row, flight, sixteen_days

COLUMNS = flight_delay.TABLE.columns


def write(folder: Path, rows: list[Row], *, name: str = "a.csv", header: list[str] | None = None) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, header or list(COLUMNS), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return str(folder)


def run(spark: SparkSession, tmp_path: Path, rows: list[Row]) -> dict[str, Any]:
    source = write(tmp_path / "raw", rows)
    return flight_delay.run(spark, source=source, destination=f"{tmp_path}/out/")


def lines(tmp_path: Path, split: str) -> list[str]:
    return [
        line for path in sorted((tmp_path / "out" / split).glob("part-*")) for line in path.read_text().splitlines()
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"dep_time": "abc"},
            "column dep_time: 2 values cannot be parsed as an integer, first in line 5 of {path}: 'abc'",
        ),
        (
            {"distance": "1.5"},
            "column distance: 2 values cannot be parsed as an integer, first in line 5 of {path}: '1.5'",
        ),
        (
            {"time_hour": "noon"},
            "column time_hour: 2 values cannot be parsed as a timestamp, first in line 5 of {path}: 'noon'",
        ),
        ({"carrier": "NA"}, "column carrier: 2 values are missing, first in line 5 of {path}"),
        (
            {"dep_delay": "NA"},
            "column dep_delay: 2 values are missing in rows that have an arr_delay, first in line 5 of {path}",
        ),
        ({"month": "2", "day": "30"}, "column year, month, day: 2 dates do not exist, first in line 5 of {path}"),
        ({"sched_dep_time": "1275"}, "column sched_dep_time: 2 times of day do not exist, first in line 5 of {path}"),
    ],
)
def test_bad_values_are_named_and_counted(
    spark: SparkSession, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    rows = sixteen_days()
    rows[3] |= changes
    rows[7] |= changes
    with pytest.raises(DataError) as refused:
        run(spark, tmp_path, rows)
    assert str(refused.value) == message.format(path=f"file:{tmp_path}/raw/a.csv")


def test_renamed_column_is_named_with_its_new_name(spark: SparkSession, tmp_path: Path) -> None:
    header = ["departure_delay" if name == "dep_delay" else name for name in COLUMNS]
    source = write(tmp_path, sixteen_days(), header=header)
    with pytest.raises(DataError, match=r"1 columns are missing in .*: dep_delay; .*departure_delay"):
        read_raw(spark, flight_delay.TABLE, source)


def test_second_file_with_another_header_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, sixteen_days())
    source = write(tmp_path, [], name="b.csv", header=list(COLUMNS)[1:])
    with pytest.raises(DataError, match=r"missing in .*b\.csv: year"):
        read_raw(spark, flight_delay.TABLE, source)


def test_no_file_and_no_rows_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no \.csv file under"):
        read_raw(spark, flight_delay.TABLE, str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="the raw data has no rows"):
        run(spark, tmp_path, [])


def test_other_kind_of_file_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    source = write(tmp_path, sixteen_days())
    (tmp_path / "flights.parquet").write_bytes(b"x")
    with pytest.raises(DataError, match=r"1 files under .* are not \.csv"):
        read_raw(spark, flight_delay.TABLE, source)


def test_label_with_one_class_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="label arrives_late: all 24 rows of train have the one value 0"):
        run(spark, tmp_path, [row | {"arr_delay": "0"} for row in sixteen_days()])


def test_part_with_one_class_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    rows = sixteen_days()
    rows[-4:] = [row | {"arr_delay": "0"} for row in rows[-4:]]
    with pytest.raises(DataError, match="all 4 rows of test have the one value 0"):
        run(spark, tmp_path, rows)


def test_report_and_files(spark: SparkSession, tmp_path: Path) -> None:
    cancelled = flight(date(2013, 1, 3), number=9, arr_delay="NA", dep_delay="NA", dep_time="NA")
    rows = sixteen_days()
    rows[4] |= {"carrier": "AA"}
    report = run(spark, tmp_path, [*rows, cancelled])
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    assert report["rows"] == {"raw": 33, "train": 24, "validation": 4, "test": 4, "without_label": 1}
    assert report["time_range"] == {
        "train": ["2013-01-01", "2013-01-12"],
        "validation": ["2013-01-13", "2013-01-14"],
        "test": ["2013-01-15", "2013-01-16"],
    }
    assert report["label"]["positive_share"] == {"train": 0.5, "validation": 0.5, "test": 0.5}
    # By first day, not by name: codes stay when a carrier comes later.
    assert report["categories"]["carrier"] == ["UA", "AA"]
    # 5:15 is minute 315, 8:19 minute 499; 15 January 2013 was a Tuesday, Spark's day 3.
    assert report["golden_request"] == "2,315,499,184,3,5,1400,0,0,0"
    assert report["golden_label"] == 1
    assert lines(tmp_path, "test")[0] == "1,2,315,499,184,3,5,1400,0,0,0"
    assert len(lines(tmp_path, "train")) == 24


def test_second_run_replaces_the_first(spark: SparkSession, tmp_path: Path) -> None:
    run(spark, tmp_path, sixteen_days())
    first = lines(tmp_path, "train")
    run(spark, tmp_path, list(reversed(sixteen_days())))
    assert lines(tmp_path, "train") == first


@pytest.fixture(scope="module")
def as_is(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was made of sixteen days."""
    folder = tmp_path_factory.mktemp("as_is")
    run(spark, folder, sixteen_days())
    return folder


def test_the_future_does_not_change_training_data(spark: SparkSession, as_is: Path, tmp_path: Path) -> None:
    rows = sixteen_days()
    late = {"carrier": "AA", "dest": "AAA", "distance": "1", "dep_delay": "500"}
    future = [row | late | {"arr_delay": "15" if row["arr_delay"] == "16" else "16"} for row in rows[-8:]]
    report = run(spark, tmp_path, [*rows[:-8], *future])
    assert lines(tmp_path, "train") == lines(as_is, "train")
    assert report["categories"]["carrier"] == ["UA"]
    # Carrier and destination that training never saw.
    assert report["golden_request"].split(",")[-3:] == ["-1", "0", "-1"]


@pytest.mark.parametrize("column", ["arr_time", "air_time", "dep_time", "tailnum"])
def test_what_is_unknown_at_push_back_is_no_feature(
    spark: SparkSession, as_is: Path, tmp_path: Path, column: str
) -> None:
    run(spark, tmp_path, [row | {column: "77"} for row in sixteen_days()])
    for split in SPLITS:
        assert lines(tmp_path, split) == lines(as_is, split)


def test_fingerprint_ignores_order_and_sees_content(spark: SparkSession, tmp_path: Path) -> None:
    rows = sixteen_days()

    def of(name: str, *files: list[Row], header: list[str] | None = None) -> str:
        for index, part in enumerate(files):
            write(tmp_path / name, part, name=f"{index}.csv", header=header)
        return fingerprint(read_raw(spark, flight_delay.TABLE, str(tmp_path / name)).frame, COLUMNS)

    one = of("one", rows)
    assert len(one) == 64
    assert of("reversed", list(reversed(rows))) == one
    assert of("two_files", rows[20:], rows[:20]) == one
    assert of("columns", rows, header=sorted(COLUMNS)) == one
    assert of("repeated", [*rows, rows[0]]) != one
    assert of("repeated_twice", [*rows, rows[0], rows[0]]) != of("again", [*rows, rows[0]])
    assert of("changed", [rows[0] | {"tailnum": "N1"}, *rows[1:]]) != one
    # Values must not run into each other.
    assert of("shifted", [rows[0] | {"origin": "EWRI", "dest": "AH"}, *rows[1:]]) != one


def test_days_are_split_in_time_order() -> None:
    year = [date(2013, 1, 1) + timedelta(days=offset) for offset in range(365)]
    assert flight_delay.MODEL.split(year) == Split(validation=date(2013, 10, 1), test=date(2013, 11, 16))
