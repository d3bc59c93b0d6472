"""A line that needs no second look has only cells that are right, and is the JSON that Spark would write."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.checks import any_bad, cell_checks, is_bad, line_checks
from etl_library.plain import plain_cells, plain_json
from etl_library.raw import PLAIN, UNEVEN, read_raw
from etl_library.table import DATE, INTEGER, NUMBER, TEXT, TIMESTAMP, Table
from tests.unit.glue_scripts.scripts import IDS, SCRIPTS, Script
from tests.unit.glue_scripts.test_cells import NUMBERS, TEXTS

# Cells that look like the end of one and the beginning of the next.
PRETENDING = ['5","dest":"IAH', '","', "null", '":', '5"', '"', '\\"', "\\", "\x00", "\x1f", "\x7f", "é", "\ud7ff"]
EVERY_KIND = Table(columns={"t": TEXT, "i": INTEGER, "n": NUMBER, "d": DATE, "s": TIMESTAMP}, required=("t", "i"))
RIGHT = {"t": "x", "i": "5", "n": ".5", "d": "2013/01/01", "s": "2013-01-01T10:00:00Z"}


@pytest.mark.parametrize("script", SCRIPTS, ids=IDS)
def test_what_is_not_looked_at_is_right(spark: SparkSession, tmp_path: Path, script: Script) -> None:
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in PRETENDING]
    lines = [
        script.line({column: cell}) for column in (script.number, script.text) for cell in (*quoted, *NUMBERS, *TEXTS)
    ]
    (tmp_path / "a.csv").write_bytes(script.file(*lines, script.line() + ",", "1").encode())
    # The last column's name is not of the table.
    (tmp_path / "b.csv").write_bytes(
        "".join(f"{line},{cell}\n" for line, cell in ((",".join(script.columns), "x"), (script.line(), "é"))).encode()
    )
    table = script.model.table
    looked = any_bad([line_checks("utf-8"), cell_checks(table)])
    written = F.to_json(F.struct(*sorted(table.columns)), {"ignoreNullFields": "false"})
    frame = read_raw(spark, table, str(tmp_path)).frame
    found = frame.select(PLAIN, looked, is_bad(table, []), written, UNEVEN).collect()
    assert [asked for _, _, asked, _, _ in found] == [bad for _, bad, _, _, _ in found]
    plain = [(text, bad and not uneven, json) for text, bad, _, json, uneven in found if text is not None]
    assert plain == [(json, False, json) for _, _, json in plain]
    # Not all for nothing: most of what is right is plain.
    assert len(plain) > len(found) / 4


PLAIN_OR_NOT: list[tuple[Mapping[str, str | None], bool]] = [
    ({}, True),
    ({"n": None, "d": None, "s": None}, True),
    ({"t": None}, False),
    ({"i": None}, False),
    ({"t": " !#[]~'/"}, True),
    ({"t": "null"}, True),
    ({"i": "-7", "n": "+5."}, True),
    ({"i": "999999999"}, True),
    ({"i": "-999999999"}, True),
    # Right, and not as Spark writes them.
    ({"i": "-007"}, False),
    ({"i": "+7"}, False),
    ({"i": "-0"}, False),
    ({"i": "\t5"}, False),
    ({"i": "5.0"}, False),
    ({"i": "5\n"}, False),
    ({"i": "1234567890"}, False),
    ({"n": "."}, False),
    ({"d": "2013-01-01"}, False),
    ({"s": "2013-01-01T10:00:00Z\n"}, False),
    *[({name: cell}, cell == "null" and name == "t") for cell in PRETENDING for name in EVERY_KIND.columns],
    # The rest of the line in one cell.
    ({"d": '2013/01/01","i":"5","n":null,"s":null,"t":"x'}, False),
]


def test_each_kind_of_cell_is_plain_or_not(spark: SparkSession) -> None:
    rows = [tuple({**RIGHT, **changes}.values()) for changes, _ in PLAIN_OR_NOT]
    frame = spark.createDataFrame(rows, ", ".join(f"{name} string" for name in RIGHT))
    written = F.to_json(F.struct(*sorted(RIGHT)), {"ignoreNullFields": "false"})
    plain = plain_json(EVERY_KIND, plain_cells(EVERY_KIND.columns))
    found = [text == json if text else False for text, json in frame.select(plain, written).collect()]
    assert found == [plain for _, plain in PLAIN_OR_NOT]
