"""What the scripts of the other families write: numbers, raw columns, and labelled texts."""

import csv
import importlib.util
import json
import types
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from etl_library.parts import csv_line
from glue_scripts import passengers, reviews, salary
from tests.conftest import ROOT
from training_src.huggingface import texts


@pytest.fixture(scope="module")
def data() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("data", ROOT / "examples" / "families" / "data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lines(folder: Path, part: str) -> list[str]:
    files = sorted((folder / part).glob("part-*"))
    assert files
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def _run(spark: SparkSession, script: Any, raw: Path, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = script.run(spark, source=f"{raw.parent}/", destination=f"{folder}/")
    return found


def test_a_line_of_salaries_is_the_rule_with_noise(spark: SparkSession, data: types.ModuleType, tmp_path: Path) -> None:
    report = _run(spark, salary, data.salaries(tmp_path / "raw", rows=400), tmp_path / "out")
    rows = [tuple(map(float, line.split(","))) for line in _lines(tmp_path / "out", "train")]
    assert len(rows) == report["rows"]["train"] == 300
    assert all(abs(pay - data.BASE - data.SLOPE * years) < 5 * data.NOISE for pay, years in rows)
    assert report["golden_request"] == _lines(tmp_path / "out", "test")[0].partition(",")[2]


def test_categories_stay_texts_and_what_is_missing_stays_so(
    spark: SparkSession, data: types.ModuleType, tmp_path: Path
) -> None:
    raw = data.passengers(tmp_path / "raw", rows=400)
    report = _run(spark, passengers, raw, tmp_path / "out")
    with raw.open(encoding="utf-8", newline="") as file:
        before = list(csv.DictReader(file))
    rows = [row for part in ("train", "validation", "test") for row in csv.reader(_lines(tmp_path / "out", part))]
    assert report["features"] == ["ticket", "sex", "age", "fare", "port"]

    def known(row: Any) -> tuple[str, ...]:
        return tuple("" if cell == "" else f"{float(cell):g}" for cell in row)

    # As they were: each cell of each row, quotation marks and commas included.
    numbers, words = ("survived", "ticket", "age", "fare"), ("sex", "port")
    expected = sorted((known(row[name] for name in numbers), tuple(row[name] for name in words)) for row in before)
    assert expected == sorted((known((row[0], row[1], row[3], row[4])), (row[2], row[5])) for row in rows)
    assert 'Queenstown, "Cobh"' in {row[5] for row in rows}
    (golden,) = csv.reader([report["golden_request"]])
    assert golden == next(csv.reader(_lines(tmp_path / "out", "test")))[1:]


def test_texts_are_labelled_to_train_on_and_asked_as_a_client_asks(
    spark: SparkSession, data: types.ModuleType, tmp_path: Path
) -> None:
    report = _run(spark, reviews, data.reviews(tmp_path / "raw", rows=240), tmp_path / "out")
    trained = [texts.parse(line, "train") for line in _lines(tmp_path / "out", "train")]
    assert {example.label for example in trained} == {"negative", "positive"}
    held_out = [json.loads(line) for line in _lines(tmp_path / "out", "test")]
    assert len(held_out) == report["rows"]["test"] == 30
    assert set(held_out[0]) == {"label", "request"}
    assert held_out[0]["request"] == json.loads(report["golden_request"])
    assert set(held_out[0]["request"]) == {"inputs"}


@pytest.mark.parametrize(
    ("cells", "line"),
    [((1, 2.5), "1,2.5"), ((None, "a"), ",a"), (('a "b", c', None), '"a ""b"", c",'), ((None,), '""')],
)
def test_a_request_is_a_line_of_csv(cells: tuple[object, ...], line: str) -> None:
    assert csv_line(cells) == line
    assert next(csv.reader([line])) == ["" if cell is None else str(cell) for cell in cells]
