"""One cell, one meaning: every kind of raw cell is a value, missing or refused, alike in all scripts.

docs/hostile-input.md has the same as a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from pyspark.sql import SparkSession

from etl_library.checks import any_bad, cell_checks, line_checks, refuse
from etl_library.errors import DataError
from etl_library.fingerprint import fingerprint
from etl_library.raw import ENCODINGS, FILE, read_raw
from tests.unit.glue_scripts.scripts import IDS, SCRIPTS, Script

FLIGHTS, _, WEATHER = SCRIPTS
MISSING, REFUSED = "missing", "refused"

# A cell as it stands in the file, and what it is in a column of integers and in one of numbers.
NUMBERS = {
    "5": ("5", "5"),
    "-5": ("-5", "-5"),
    "+5": ("+5", "+5"),
    "007": ("007", "007"),
    " 5 ": ("5", "5"),
    '"2"': ("2", "2"),
    "123456789": ("123456789", "123456789"),
    "": (MISSING, MISSING),
    "   ": (MISSING, MISSING),
    '""': (MISSING, MISSING),
    "NA": (MISSING, MISSING),
    '"NA"': (MISSING, MISSING),
    "5.0": (REFUSED, "5.0"),
    "5.": (REFUSED, "5."),
    ".5": (REFUSED, ".5"),
    "0.0000001": (REFUSED, "0.0000001"),
    "1e-10": (REFUSED, REFUSED),
    "1.0E-4": (REFUSED, REFUSED),
    "1e3": (REFUSED, REFUSED),
    "1234567890": (REFUSED, REFUSED),
    "NaN": (REFUSED, REFUSED),
    "nan": (REFUSED, REFUSED),
    "na": (REFUSED, REFUSED),
    "N/A": (REFUSED, REFUSED),
    "null": (REFUSED, REFUSED),
    "None": (REFUSED, REFUSED),
    "-": (REFUSED, REFUSED),
    "inf": (REFUSED, REFUSED),
    "-Infinity": (REFUSED, REFUSED),
    "true": (REFUSED, REFUSED),
    "True": (REFUSED, REFUSED),
    "1_000": (REFUSED, REFUSED),
    '"1,000"': (REFUSED, REFUSED),
    "1 000": (REFUSED, REFUSED),
    "0x10": (REFUSED, REFUSED),
    "5d": (REFUSED, REFUSED),
    "'5'": (REFUSED, REFUSED),
    "text": (REFUSED, REFUSED),
    "\N{FULLWIDTH DIGIT FIVE}": (REFUSED, REFUSED),
    "\N{ARABIC-INDIC DIGIT FIVE}": (REFUSED, REFUSED),
    "\N{NO-BREAK SPACE}5": (REFUSED, REFUSED),
    "5\t": (REFUSED, REFUSED),
    "5\x85": (REFUSED, REFUSED),
    "5\0": (REFUSED, REFUSED),
    "\ufeff5": (REFUSED, REFUSED),
}
TEXTS = {
    "UA": "UA",
    " UA ": "UA",
    "NaN": "NaN",
    "nan": "nan",
    "true": "true",
    "1_000": "1_000",
    "Zürich": "Zürich",
    "\N{FULLWIDTH DIGIT FIVE}": "\N{FULLWIDTH DIGIT FIVE}",
    '"A,B"': "A,B",
    # RFC 4180: a doubled quotation mark is one, and a backslash is a backslash.
    '"say ""hi"""': 'say "hi"',
    '"C:\\"': "C:\\",
    '6" wide': '6" wide',
    "": MISSING,
    '""': MISSING,
    "NA": MISSING,
}


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What a script makes of each of several files."""

    script: Script
    rows: Mapping[str, list[tuple[str | None, str | None, bool]]]  # by file: number, text, refused


def judge(spark: SparkSession, folder: Path, script: Script, files: Mapping[str, bytes]) -> Verdicts:
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content)
    raw = read_raw(spark, script.model.table, str(folder))
    parsed = [check for check in cell_checks(script.model.table) if "are missing" not in check.text]
    bad = any_bad([line_checks("utf-8"), parsed])
    found: dict[str, list[tuple[str | None, str | None, bool]]] = {name: [] for name in files}
    for path, number, text, refused in raw.frame.select(FILE, script.number, script.text, bad).collect():
        found[Path(unquote(path)).stem].append((number, text, refused))
    return Verdicts(script=script, rows=found)


@pytest.fixture(scope="module", params=SCRIPTS, ids=IDS)
def cells(request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """One row for each kind of cell, in the order of the two tables."""
    script: Script = request.param
    lines = [script.line({script.number: cell}) for cell in NUMBERS] + [
        script.line({script.text: cell}) for cell in TEXTS
    ]
    return judge(spark, tmp_path_factory.mktemp("cells"), script, {"all": script.file(*lines).encode()})


@pytest.mark.parametrize("cell", NUMBERS)
def test_a_number_cell_has_one_meaning(cells: Verdicts, cell: str) -> None:
    value, _, refused = cells.rows["all"][list(NUMBERS).index(cell)]
    verdict = REFUSED if refused else MISSING if value is None else value
    assert verdict == NUMBERS[cell][cells.script is WEATHER]


@pytest.mark.parametrize("cell", TEXTS)
def test_a_text_cell_has_one_meaning(cells: Verdicts, cell: str) -> None:
    _, value, refused = cells.rows["all"][len(NUMBERS) + list(TEXTS).index(cell)]
    assert (MISSING if value is None else value) == TEXTS[cell]
    assert not refused


# The number of rows that are read as they are, or that one is refused.
FILES = {
    "byte order mark": 1,
    "CRLF": 2,
    "CR alone": 2,
    "no line end": 1,
    "blank lines": 2,
    "last column empty": 2,
    "short row": REFUSED,
    "long row": REFUSED,
    "header again": REFUSED,
    "second byte order mark": REFUSED,
    "line break in quotes": REFUSED,
    "unclosed quotes": REFUSED,
    "latin-1": REFUSED,
    "surrogate": REFUSED,
}


@pytest.fixture(scope="module", params=SCRIPTS, ids=IDS)
def files(request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    script: Script = request.param
    header, line = ",".join(script.columns), script.line()
    two = f"{header}\n{line}\n{line}\n"
    last = script.columns[-1]
    without_last = f"{header}\n{script.line({last: ''})}\n{script.line({last: ''})}\n"
    texts = {
        "byte order mark": f"\ufeff{header}\n{line}\n",
        "CRLF": two.replace("\n", "\r\n"),
        "CR alone": two.replace("\n", "\r"),
        "no line end": f"{header}\n{line}",
        "blank lines": f"{header}\n\n{line}\n \t \n\n{line}\n\n",
        "last column empty": without_last,
        "short row": f"{header}\n{line.rpartition(',')[0]}\n",
        "long row": f"{header}\n{line},\n",
        "header again": f"{header}\n{line}\n{header}\n",
        "second byte order mark": f"{header}\n\ufeff{line}\n",
        "line break in quotes": script.file(script.line({script.text: '"two\nlines"'})),
        "unclosed quotes": script.file(script.line({script.number: '"5'})),
    }
    files = {name: text.encode() for name, text in texts.items()}
    files["latin-1"] = script.file(script.line({script.text: "Zürich"})).encode("latin-1")
    files["surrogate"] = script.file(script.line({script.text: "\ud800"})).encode("utf-8", "surrogatepass")
    assert list(files) == list(FILES)
    return judge(spark, tmp_path_factory.mktemp("files"), script, files)


@pytest.mark.parametrize("kind", FILES)
def test_a_kind_of_file_has_one_meaning(files: Verdicts, kind: str) -> None:
    rows, script = files.rows[kind], files.script
    if any(refused for _, _, refused in rows):
        assert FILES[kind] == REFUSED
        return
    row = script.rows[0]
    text = None if kind == "last column empty" and script.columns[-1] == script.text else row[script.text]
    assert {(number, value) for number, value, _ in rows} == {(row[script.number], text)}
    assert len(rows) == FILES[kind]


@pytest.mark.parametrize(
    ("case", "line", "message"),
    [
        ("underscore", FLIGHTS.line({"distance": "1_000"}), "column distance: 1 values cannot be parsed as an integer, first in line 5 of {path}: '1_000'"),
        ("wide", FLIGHTS.line({"distance": "\N{FULLWIDTH DIGIT FIVE}"}), "column distance: 1 values cannot be parsed as an integer, first in line 5 of {path}: '\N{FULLWIDTH DIGIT FIVE}'"),
        ("mark", "\ufeff" + FLIGHTS.line(), "column year: 1 values cannot be parsed as an integer, first in line 5 of {path}: '\\ufeff2013'"),
        ("header", ",".join(FLIGHTS.columns), "column year: 1 values cannot be parsed as an integer, first in line 5 of {path}: 'year'; column month: "),
        ("missing", FLIGHTS.line({"origin": '""'}), "column origin: 1 values are missing, first in line 5 of {path}"),
        ("short", "1,2", "1 lines have more or fewer values than their header has names, first in line 5 of {path}: '1,2'"),
        ("long", FLIGHTS.line() + ",", "1 lines have more or fewer values than their header has names, first in line 5 of {path}: '2013,1,1,"),
    ],
)  # fmt: skip
def test_a_refusal_names_column_line_and_file(
    spark: SparkSession, tmp_path: Path, case: str, line: str, message: str
) -> None:
    _refused(spark, tmp_path / case, FLIGHTS.file(FLIGHTS.line(), "", FLIGHTS.line(), line).encode(), message)


def test_bytes_of_another_encoding_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    # Two contents that were one when each became U+FFFD.
    for index, byte in enumerate((b"\xe9", b"\xe8")):
        line = FLIGHTS.line({"tailnum": "N?1"}).encode().replace(b"?", byte)
        message = "1 lines are not utf-8 (save the file as UTF-8, or name its encoding in etl.arguments), first in line 3 of {path}: "
        _refused(spark, tmp_path / str(index), FLIGHTS.file(FLIGHTS.line()).encode() + line, message)
    header = FLIGHTS.file(FLIGHTS.line())
    _refused(
        spark,
        tmp_path / "extra",
        f"{header}".encode().replace(b"year,", b"\xe9,year,"),
        "line 1 of {path} is not utf-8: ",
    )
    _refused(spark, tmp_path / "utf-16", header.encode("utf-16"), "line 1 of {path} is not utf-8: ")


def _refused(spark: SparkSession, folder: Path, content: bytes, message: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "a b.csv").write_bytes(content)
    with pytest.raises(DataError) as refused:
        FLIGHTS.run(spark, source=str(folder), destination=f"{folder}/out/")
    assert str(refused.value).startswith(message.format(path=f"file:{folder}/a b.csv"))


def test_a_named_encoding_is_read_as_what_it_means(spark: SparkSession, tmp_path: Path) -> None:
    """The same text in three encodings is the same data; a byte that an encoding leaves undefined is refused."""
    found = set()
    for encoding in ENCODINGS:
        folder = tmp_path / encoding
        folder.mkdir()
        (folder / "a.csv").write_bytes(
            FLIGHTS.file(FLIGHTS.line({"tailnum": "Zürich", "dest": "\xa7"})).encode(encoding)
        )
        raw = read_raw(spark, FLIGHTS.model.table, str(folder), encoding)
        refuse(raw, FLIGHTS.model.checks(encoding))
        found.add(fingerprint(raw.frame, FLIGHTS.columns))
    assert len(found) == 1
    (folder / "a.csv").write_bytes(FLIGHTS.file(FLIGHTS.line({"tailnum": "€"})).encode("windows-1252"))
    assert read_raw(spark, FLIGHTS.model.table, str(folder), "windows-1252").frame.collect()[0]["tailnum"] == "€"
    (folder / "a.csv").write_bytes(FLIGHTS.file(FLIGHTS.line({"tailnum": "\x81"})).encode("latin-1"))
    with pytest.raises(DataError, match="1 lines are not windows-1252"):
        FLIGHTS.run(spark, source=str(folder), destination=f"{folder}/out/", encoding="windows-1252")
    with pytest.raises(DataError, match=r"encoding must be one of utf-8, .*got 'utf-16'"):
        read_raw(spark, FLIGHTS.model.table, str(folder), "utf-16")
