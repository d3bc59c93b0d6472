"""Which files below the source are read, once each, and what every script does alike."""

import contextlib
import io
import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from etl_library import raw
from etl_library.errors import DataError
from etl_library.fingerprint import fingerprint
from etl_library.raw import read_header, read_raw
from tests.unit.glue_scripts.scripts import IDS, SCRIPTS, Script, output

# Names that S3 allows (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html); a pattern for Hadoop.
PATTERNS = ["w[1].csv", "w1.csv", "w?.csv", "wx.csv", "w*.csv", "a{b,c}.csv", "ab.csv", "a\\b.csv", "[x]/y.csv"]
ODD = ["export (1).csv", "a b.csv", "+&%20=#;,@!.csv", "'\".csv", "é✓.csv", "~.csv", "x=1/y.csv", "line\nbreak.csv"]
# https://github.com/apache/spark/blob/v3.5.6/core/src/main/scala/org/apache/spark/util/HadoopFSUtils.scala
HIDDEN = [".git/x.csv", "2013/_old/a.csv", "_2013.csv", "_SUCCESS", "_archive/2012/y.csv"]
FLIGHTS = SCRIPTS[0]

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=IDS)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".crc")


def _write(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@every_script
def test_every_name_is_one_file(spark: SparkSession, tmp_path: Path, script: Script) -> None:
    names = [*PATTERNS, *ODD]
    for index, name in enumerate(names):
        _write(tmp_path, name, script.file(script.line({script.number: str(index)})))
    raw = read_raw(spark, script.model.table, str(tmp_path))
    found = [int(row[0]) for row in raw.frame.select(script.number).collect()]
    assert sorted(found) == list(range(len(names)))
    assert raw.skipped == []


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run on files of which some are hidden, with number cells of every form."""

    script: Script
    folder: Path
    report: dict[str, Any]
    logged: str


@pytest.fixture(scope="module", params=SCRIPTS, ids=IDS)
def ran(request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    script: Script = request.param
    folder = tmp_path_factory.mktemp("ran")
    cells = ["5", "+5", "007", " 5 ", '"2"', "-1"]
    if script is SCRIPTS[2]:
        cells += ["0.0000001", "123456789.5", ".5", "5."]
    lines = [script.line({script.number: cells[row % len(cells)]}, row=row) for row in range(len(script.rows))]
    for name in HIDDEN:
        _write(folder / "_raw", name, "not read")
    _write(folder / "_raw", "2013/a_.csv", script.file(*lines))
    with contextlib.redirect_stdout(io.StringIO()) as logged:
        report = script.run(spark, source=f"{folder}/_raw/", destination=f"{folder}/out/")
    return Ran(script=script, folder=folder, report=report, logged=logged.getvalue())


def test_hidden_files_and_folders_are_skipped_and_reported(ran: Ran) -> None:
    assert ran.report["rows"]["raw"] == len(ran.script.rows)
    assert ran.report["skipped"] == {"count": 5, "first": HIDDEN}
    assert json.loads((ran.folder / "out/report.json").read_text())["skipped"] == ran.report["skipped"]
    assert "skipped 5 files under" in ran.logged
    assert all(name in ran.logged for name in HIDDEN)


def test_output_is_parts_of_plain_numbers_and_nothing_beside_them(ran: Ran) -> None:
    """What the training channels hold; Hadoop's own checksums (.crc) exist on a local disk only."""
    assert _names(ran.folder / "out") == ["report.json", "test", "train", "validation"]
    for split in ("train", "validation", "test"):
        (name,) = _names(ran.folder / "out" / split)
        assert re.fullmatch(r"part-.*\.csv", name)
    written = output(ran.folder / "out")
    assert len(written) >= len(ran.script.rows) - 7
    assert {cell for row in written for cell in row if not re.fullmatch(r"-?\d+(\.\d+)?(E-?\d+)?", cell)} == set()


@every_script
def test_a_source_of_hidden_files_alone_says_so(spark: SparkSession, tmp_path: Path, script: Script) -> None:
    _write(tmp_path, "_a.csv", script.everything())
    with pytest.raises(DataError, match=r"no \.csv file under .*; 1 were skipped, since a part of"):
        read_raw(spark, script.model.table, str(tmp_path))


@every_script
def test_a_colon_is_refused_by_name(spark: SparkSession, tmp_path: Path, script: Script) -> None:
    _write(tmp_path, "2013-01-01T00:00:00.csv", script.everything())
    with pytest.raises(DataError, match=r"1 files under .*colon.*first: 2013-01-01T00:00:00\.csv"):
        read_raw(spark, script.model.table, str(tmp_path))


def test_a_file_that_is_listed_and_is_not_there_is_named(spark: SparkSession, tmp_path: Path) -> None:
    """To Hadoop the object a//b.csv is the path a/b.csv, which on S3 is another object."""
    with pytest.raises(DataError, match=r"a/b\.csv is listed but cannot be opened: .*FileNotFound"):
        read_header(spark, FLIGHTS.model.table, f"{tmp_path}/a/b.csv", "utf-8")


@every_script
def test_names_of_other_columns_may_be_anything(spark: SparkSession, tmp_path: Path, script: Script) -> None:
    header, *lines = script.everything().splitlines()
    others = f'x,X,"a,b",a.b,`,,,{script.number.upper()},_corrupt,c0'
    _write(
        tmp_path / "others",
        "a.csv",
        "\n".join([f"{others},{header}", *[f"0,1,2,3,4,5,6,7,8,9,{line}" for line in lines]]),
    )
    _write(tmp_path / "plain", "a.csv", script.everything())
    raw, plain = (
        read_raw(spark, script.model.table, str(folder)) for folder in (tmp_path / "others", tmp_path / "plain")
    )
    assert fingerprint(raw.frame, script.columns) == fingerprint(plain.frame, script.columns)
    # A short line is seen although not every column is needed.
    _write(tmp_path / "short", "a.csv", f"{header},x\n{lines[0]}\n")
    with pytest.raises(DataError, match=r"1 lines have more or fewer values.*first in line 2"):
        script.run(spark, source=str(tmp_path / "short"), destination=f"{tmp_path}/out/")


@every_script
def test_the_number_of_days_in_the_message_is_the_smallest_that_passes(script: Script) -> None:
    days = [date(2013, 1, 1) + timedelta(days=offset) for offset in range(30)]
    passed: list[int] = []
    needed: set[str] = set()
    for count in range(31):
        try:
            script.model.split(days[:count])
            passed.append(count)
        except DataError as error:
            needed.update(re.findall(rf"^{count} days have labels; a split by time needs at least (\d+)$", str(error)))
    (smallest,) = needed
    assert passed == list(range(int(smallest), 31))


def test_lines_are_numbered_in_a_file_of_several_splits(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [FLIGHTS.line(row=index % len(FLIGHTS.rows)) for index in range(2000)]
    lines[1700] = FLIGHTS.line({"distance": "far"})
    _write(tmp_path, "a.csv", FLIGHTS.file(*lines))
    monkeypatch.setattr(raw, "TASK_BYTES", 10_000)
    assert read_raw(spark, FLIGHTS.model.table, str(tmp_path)).frame.rdd.getNumPartitions() > 10
    with pytest.raises(DataError, match=r"first in line 1702 of .*a\.csv: 'far'"):
        FLIGHTS.run(spark, source=str(tmp_path), destination=f"{tmp_path}/out/")
