"""The raw data of the example models."""

import csv
from pathlib import Path

import pytest

from perennial.demo import datasets


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_flights_of_two_months(tmp_path: Path) -> None:
    path = datasets.write_flights(tmp_path, months=range(2, 4))
    assert path.name == "flights-2013-02-03.csv"
    found = rows(path)
    assert {row["month"] for row in found} == {"2", "3"}
    # Counted in the package's CSV with cut and uniq.
    assert len(found) == 24_951 + 28_834


def test_sample_spans_the_year_and_is_the_same_every_time(tmp_path: Path) -> None:
    first = datasets.write_flights(tmp_path / "a", sample_rows=20_000)
    second = datasets.write_flights(tmp_path / "b", sample_rows=20_000)
    assert first.read_bytes() == second.read_bytes()
    found = rows(first)
    assert len(found) == 20_000
    assert len({(row["month"], row["day"]) for row in found}) == 365


def test_weather_of_one_year(tmp_path: Path) -> None:
    found = rows(datasets.write_weather(tmp_path, years=[2012]))
    assert [found[0]["date"], found[-1]["date"]] == ["2012/01/01", "2012/12/31"]
    assert len(found) == 366


def test_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(datasets.DatasetError, match="months must be between 1 and 12"):
        datasets.write_flights(tmp_path, months=[0])
    with pytest.raises(datasets.DatasetError, match="years must be between 2012 and 2015"):
        datasets.write_weather(tmp_path, years=[2016])
    with pytest.raises(datasets.DatasetError, match="sample_rows must be between 1 and"):
        datasets.write_flights(tmp_path, months=[1], sample_rows=0)
