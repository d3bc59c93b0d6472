"""The air-time job: its label, what it knows of earlier days, and that the future does not reach the past."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from etl_library.errors import DataError
from glue_scripts import air_time
from tests.unit.glue_scripts.scripts import Row, flight
from tests.unit.glue_scripts.test_flight_delay import lines, write


def sixteen_days() -> list[Row]:
    """On day n (from 0) a flight of 100 + 10n minutes and one of 200 + 10n to Houston."""
    return [
        flight(date(2013, 1, 1) + timedelta(days=day), number=number, air_time=str(number * 100 + 10 * day))
        for day in range(16)
        for number in (1, 2)
    ]


def run(spark: SparkSession, folder: Path, rows: list[Row]) -> dict[str, Any]:
    return air_time.run(spark, source=write(folder / "raw", rows), destination=f"{folder}/out/")


def test_earlier_days_of_the_destination_are_features(spark: SparkSession, tmp_path: Path) -> None:
    to_boston = flight(date(2013, 1, 16), number=9, air_time="40", dest="BOS", distance="187")
    grounded = flight(date(2013, 1, 3), number=9, air_time="NA", arr_delay="NA")
    report = run(spark, tmp_path, [*sixteen_days(), to_boston, grounded])
    assert report["rows"] == {"raw": 34, "train": 24, "validation": 4, "test": 5, "without_label": 1}
    assert report["features"][-3:] == ["recent_air_time_1", "recent_air_time_3", "recent_air_time_7"]
    # Means of day n: 150 + 10n. Day 14 (15 January): day 13; days 11 to 13; days 7 to 13.
    assert report["golden_request"] == "315,184,1400,0,0,0,280.0,270.0,250.0"
    assert report["golden_label"] == 240
    first, third = lines(tmp_path, "train")[0], lines(tmp_path, "train")[4]
    assert first == "100,315,184,1400,0,0,0,-1.0,-1.0,-1.0"
    assert third == "120,315,184,1400,0,0,0,160.0,155.0,155.0"
    # A destination that training never saw has no code and no earlier flights.
    assert lines(tmp_path, "test")[-1] == "40,315,184,187,0,0,-1,-1.0,-1.0,-1.0"
    # Train is 150 to 260 in steps of 10 with 50 up and down: variance 100 * (12^2 - 1) / 12 + 50^2.
    assert report["label"]["name"] == "air_time"
    assert report["label"]["mean"]["train"] == 205.0
    assert report["label"]["std"]["train"] == pytest.approx((100 * 143 / 12 + 2500) ** 0.5, abs=1e-6)


def test_days_without_flights_are_no_earlier_flights(spark: SparkSession, tmp_path: Path) -> None:
    rows = [row for row in sixteen_days() if row["day"] not in {"13", "14"}]
    report = run(spark, tmp_path, rows)
    # 14 days: validation and test are two each; test starts on 15 January, whose three days before have one of flights.
    assert report["time_range"]["test"] == ["2013-01-15", "2013-01-16"]
    # Yesterday: none. The three days before: 12 January (260). The seven before: 8 to 12 January (240).
    assert report["golden_request"].split(",")[-3:] == ["-1.0", "260.0", "240.0"]


def test_what_is_known_later_is_no_feature(spark: SparkSession, tmp_path: Path) -> None:
    rows = sixteen_days()
    run(spark, tmp_path / "as_is", rows)
    landed = {"arr_time": "77", "arr_delay": "77", "dep_time": "77", "dep_delay": "77"}
    changed = [row | landed | {"air_time": str(int(row["air_time"]) + 99 * (int(row["day"]) > 12))} for row in rows]
    run(spark, tmp_path / "changed", changed)
    assert lines(tmp_path / "changed", "train") == lines(tmp_path / "as_is", "train")
    assert lines(tmp_path / "changed", "test") != lines(tmp_path / "as_is", "test")


def test_flight_of_no_minutes_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    rows = sixteen_days()
    rows[5] |= {"air_time": "0"}
    with pytest.raises(DataError, match="column air_time: 1 values are not above 0 minutes"):
        run(spark, tmp_path, rows)


def test_codes_stay_when_later_data_is_added(spark: SparkSession, tmp_path: Path) -> None:
    rows = sixteen_days()
    rows[4] |= {"carrier": "B6"}
    assert run(spark, tmp_path / "first", rows)["categories"]["carrier"] == ["UA", "B6"]
    later = [
        flight(date(2013, 1, 17) + timedelta(days=day), carrier="AA", air_time=str(100 + day)) for day in range(16)
    ]
    assert run(spark, tmp_path / "second", [*rows, *later])["categories"]["carrier"] == ["UA", "B6", "AA"]
