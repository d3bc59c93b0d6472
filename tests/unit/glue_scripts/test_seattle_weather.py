"""The weather job: labels, history, and what it refuses."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from etl_library.errors import DataError
from glue_scripts import seattle_weather

HEADER = "date,precipitation,temp_max,temp_min,wind,weather"


def forty_days() -> list[str]:
    """Rain on every third day, the first one included."""
    days = [date(2014, 1, 1) + timedelta(days=offset) for offset in range(40)]
    return [f"{day:%Y/%m/%d},{2.5 if index % 3 == 0 else 0.0},{10 + index},5.0,3.1,x" for index, day in enumerate(days)]


def run(spark: SparkSession, folder: Path, rows: list[str], target: str = "rain") -> dict[str, Any]:
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "w.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return seattle_weather.run(spark, source=str(folder / "raw"), destination=f"{folder}/out/", target=target)


def lines(folder: Path, split: str) -> list[list[str]]:
    files = sorted((folder / "out" / split).glob("part-*"))
    return [line.split(",") for path in files for line in path.read_text().splitlines()]


def test_label_is_the_next_day_and_history_the_days_before(spark: SparkSession, tmp_path: Path) -> None:
    report = run(spark, tmp_path, forty_days())
    # 40 days; the first six lack history, the last one a next day; a quarter of 33 is 8.
    assert report["rows"] == {"raw": 40, "train": 17, "validation": 8, "test": 8, "without_label": 7}
    assert report["time_range"]["train"] == ["2014-01-07", "2014-01-23"]
    place = {name: index for index, name in enumerate(report["features"], start=1)}
    # 7 and 9 January: rain on the 1st, 4th, 7th, 10th.
    first, third = lines(tmp_path, "train")[0], lines(tmp_path, "train")[2]
    assert (first[0], third[0]) == ("0", "1")
    assert [first[place[name]] for name in ("precipitation", "rain", "rain_1", "rain_days_7")] == ["2.5", "1", "0", "3"]
    assert [third[place[name]] for name in ("rain_2", "precipitation_2", "temp_max_change")] == ["1", "2.5", "1.0"]


def test_the_future_does_not_change_training_data(spark: SparkSession, tmp_path: Path) -> None:
    rows = forty_days()
    run(spark, tmp_path / "as_is", rows)
    changed = [row.replace("5.0,3.1", "-9.0,99.9") for row in rows[24:]]
    run(spark, tmp_path / "changed", [*rows[:24], *changed])
    assert lines(tmp_path / "changed", "train") == lines(tmp_path / "as_is", "train")


@pytest.mark.parametrize(
    ("index", "row", "message"),
    [
        (
            5,
            "2014/01/06,much,1,1,1,x",
            "column precipitation: 1 values cannot be parsed as a number, first in line 7 of {path}: 'much'",
        ),
        (5, "2014-01-06,1,1,1,1,x", "column date: 1 values cannot be parsed as a date"),
        (5, "2014/02/31,1,1,1,1,x", "column date: 1 dates do not exist, first in line 7 of {path}: '2014/02/31'"),
        (5, "2014/01/05,1,1,1,1,x", "column date: 1 dates are repeated"),
        (5, "2014/01/06,1,1,1,,x", "column wind: 1 values are missing, first in line 7 of {path}"),
        (5, "2014/03/01,1,1,1,1,x", "column date: 20 days are missing"),
    ],
)
def test_bad_rows_are_refused(spark: SparkSession, tmp_path: Path, index: int, row: str, message: str) -> None:
    rows = forty_days()
    rows[index] = row
    with pytest.raises(DataError) as refused:
        run(spark, tmp_path, rows)
    assert message.format(path=f"file:{tmp_path}/raw/w.csv") in str(refused.value)


def test_label_with_one_class_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="label rain_tomorrow: all 17 rows of train have the one value 0"):
        run(spark, tmp_path, [row.replace(",2.5,", ",0.0,") for row in forty_days()])


def test_temperature_is_that_of_the_next_day(spark: SparkSession, tmp_path: Path) -> None:
    report = run(spark, tmp_path, forty_days(), target="temp_max")
    place = {name: index for index, name in enumerate(report["features"], start=1)}
    # The temperature rises by one degree a day from 10: on 7 January it is 16, the day after 17.
    first = lines(tmp_path, "train")[0]
    assert first[0] == "17.0"
    names = ("temp_max", "temp_max_1", "temp_max_2", "temp_max_mean_3", "temp_max_mean_7")
    assert [first[place[name]] for name in names] == ["16.0", "15.0", "14.0", "15.0", "13.0"]
    # 17 days from 17 degrees, then 8 from 34 and 8 from 42; n consecutive numbers have the variance (n^2 - 1) / 12.
    assert report["label"] == {
        "name": "temp_max_tomorrow",
        "mean": {"train": 25.0, "validation": 37.5, "test": 45.5},
        "std": {"train": 4.898979, "validation": 2.291288, "test": 2.291288},
    }
    assert report["golden_label"] == 42.0
    assert report["golden_request"].split(",")[place["temp_max"] - 1] == "41.0"


def test_both_targets_come_from_the_same_data(spark: SparkSession, tmp_path: Path) -> None:
    rain, temperature = (run(spark, tmp_path / name, forty_days(), target=name) for name in ("rain", "temp_max"))
    for key in ("fingerprint", "rows", "time_range"):
        assert rain[key] == temperature[key]
    assert rain["label"] == {
        "name": "rain_tomorrow",
        # Rain on the 1st and every third day after: 5 of 17 days from 8 January, 3 of 8 from 25 January, 3 of the last 8.
        "positive_share": {"train": 0.294118, "validation": 0.375, "test": 0.375},
    }


def test_unknown_target_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="target must be one of rain, temp_max, got 'wind'"):
        run(spark, tmp_path, forty_days(), target="wind")
