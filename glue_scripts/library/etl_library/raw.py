"""Raw CSV files as text columns, whatever is in them."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.errors import DataError
from etl_library.files import BYTES, WHY_SKIPPED, check_input, first_line, list_files, path_of, pattern_of
from etl_library.plain import plain_cells, plain_json
from etl_library.table import MISSING, TEXT, Kind, Table

# All contain ASCII as it is, and Java and Python know them by these names.
ENCODINGS = ("utf-8", "iso-8859-1", "windows-1252")
ENCODING_HINT = "save the file as UTF-8, or name its encoding in etl.arguments"
FILE, LINE, UNEVEN, PLAIN, _CELLS = "_file", "_line", "_uneven", "_plain", "_cells"
UNREADABLE, UNREADABLE_TEXT = "_unreadable", "_unreadable_text"
# Of a task at most: Spark's own limit of eight times as much leaves cores idle at the end, as texts take long to read.
TASK_BYTES = 16 << 20
_CORRUPT = "_corrupt"
# A quotation mark inside of quotes is doubled, as in RFC 4180, and a backslash is a backslash.
_CSV = {"escape": '"', "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _CORRUPT}


@dataclass(frozen=True, kw_only=True)
class Raw:
    """What lies below the source.

    Args:
        table: the columns.
        frame: they as text, null where a cell is missing, and of each line
            FILE,
            UNEVEN: it has more or fewer values than the header,
            UNREADABLE: it has bytes that are not of the encoding,
            UNREADABLE_TEXT: it has some where only that tells that the line is wrong,
            PLAIN: its JSON, if all cells are certainly right.
        encoding: of the files.
        skipped: names below the source that are not read.
    """

    table: Table
    frame: DataFrame
    encoding: str
    skipped: list[str]


def read_raw(spark: SparkSession, table: Table, source: str, encoding: str = "utf-8") -> Raw:
    """All CSV files below a folder as text columns; each file is read by its own header.

    Raises:
        DataError: no file, a file that is not CSV or cannot be addressed, or a missing or renamed column.
    """
    if encoding not in ENCODINGS:
        raise DataError(f"encoding must be one of {', '.join(ENCODINGS)}, got {encoding!r}")
    paths, skipped = list_files(spark, source)
    if skipped:
        sys.stdout.write(f"skipped {len(skipped)} files under {source}, {WHY_SKIPPED}: {', '.join(skipped)}\n")
    if not paths:
        hint = f"; {len(skipped)} were skipped, {WHY_SKIPPED}" if skipped else ""
        raise DataError(f"no .csv file under {source}; upload at least one{hint}")
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(TASK_BYTES))
    # To try which compression suits a column takes longer than to read it again.
    spark.conf.set("spark.sql.inMemoryColumnarStorage.compressed", "false")
    by_header: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        by_header.setdefault(tuple(read_header(spark, table, path, encoding)), []).append(path)
    # One reader for all files of a header: a plan of a thousand readers would take longer than the data.
    combined, *others = [_read_files(spark, table, alike, header, encoding) for header, alike in by_header.items()]
    for frame in others:
        combined = combined.unionByName(frame)
    return Raw(table=table, frame=combined, encoding=encoding, skipped=skipped)


def read_header(spark: SparkSession, table: Table, path: str, encoding: str) -> list[str]:
    """Names in a file's first line.

    Raises:
        DataError: the file cannot be opened, is empty or in another encoding, or its columns are not those needed.
    """
    first = first_line(spark, path)
    if first is None:
        raise DataError(f"file {path} is empty; its first line must name the columns")
    try:
        text = first.encode(BYTES).decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"line 1 of {path} is not {encoding}: {error.reason} at byte {error.start + 1}; {ENCODING_HINT}"
        ) from error
    header = [name.strip() for name in next(csv.reader([text]), [])]
    _check_header(table, header, path)
    return header


def _check_header(table: Table, header: list[str], path: str) -> None:
    missing = [name for name in table.columns if name not in header]
    unknown = [name for name in header if name not in table.columns]
    if missing:
        hint = f"; unknown columns, perhaps renamed: {', '.join(unknown)}" if unknown else ""
        raise DataError(f"{len(missing)} columns are missing in {path}: {', '.join(missing)}{hint}")
    if twice := [name for name in table.columns if header.count(name) > 1]:
        raise DataError(f"{len(twice)} columns are named twice in {path}: {', '.join(twice)}")


def read_lines(raw: Raw, uri: str) -> DataFrame:
    """The lines of one file with their ``place``, LINE and the columns of ``Raw.frame`` but FILE.

    The file is read in one piece, since Spark does not number lines: only to show where a mistake is.

    Args:
        raw: what the file belongs to.
        uri: of the file, as FILE has it.
    """
    spark = raw.frame.sparkSession
    path = path_of(spark, uri)
    header = read_header(spark, raw.table, path, raw.encoding)
    text = spark.read.text(pattern_of(path)).coalesce(1)
    check_input(spark, text, [path])
    numbered = text.select(
        F.monotonically_increasing_id().alias("place"), F.decode(F.col("value").cast("binary"), BYTES).alias(LINE)
    )
    # As Spark's reader does: the header and blank lines are no rows.
    rows = numbered.where((F.col("place") > 0) & F.col(LINE).rlike(r"[^\x00-\x20]"))
    cells = F.from_csv(LINE, _schema(header), _CSV).alias("cells")
    lines = rows.select("place", LINE, cells).select("place", LINE, "cells.*")
    return _as_columns(lines, raw.table, header, raw.encoding, "place", LINE)


def _read_files(spark: SparkSession, table: Table, paths: list[str], header: Sequence[str], encoding: str) -> DataFrame:
    # Without pruning a line with another number of values is seen whatever the columns that are selected.
    reader = spark.read.options(**_CSV, header=True, encoding=BYTES, columnPruning=False, enforceSchema=True)
    frame = reader.csv([pattern_of(path) for path in paths], schema=_schema(header))
    check_input(spark, frame, paths)
    return _as_columns(frame.withColumn(FILE, F.input_file_name()), table, header, encoding, FILE)


def _schema(header: Sequence[str]) -> str:
    # By place: names of columns that the model does not need may be anything.
    return ", ".join(f"{name} string" for name in (*_places(header), _CORRUPT))


def _places(header: Sequence[str]) -> list[str]:
    return [f"_{place}" for place in range(len(header))]


def _as_columns(frame: DataFrame, table: Table, header: Sequence[str], encoding: str, *kept: str) -> DataFrame:
    """The table's columns and what Raw tells of each line, from files that were read as BYTES, beside what is kept."""
    places = dict(zip(header, _places(header), strict=True))
    cells = {name: _decoded(F.col(places[name]), kind, encoding) for name, kind in table.columns.items()}
    texts = [places[name] for name, kind in table.columns.items() if kind is TEXT]
    others = [place for name, place in places.items() if name not in table.columns]
    plain = plain_cells({places[name]: kind for name, kind in table.columns.items()})
    columns = frame.select(
        *kept,
        *[_cleaned(cell).alias(name) for name, cell in cells.items()],
        F.col(_CORRUPT).isNotNull().alias(UNEVEN),
        _unreadable(_places(header), encoding).alias(UNREADABLE),
        # A cell of another kind that is not ASCII cannot be parsed, whatever its bytes mean.
        (F.when(plain, False).otherwise(_unreadable(texts, encoding)) | _unreadable(others, encoding)).alias(
            UNREADABLE_TEXT
        ),
        plain.alias(_CELLS),
    )
    return columns.withColumn(PLAIN, plain_json(table, F.col(_CELLS))).drop(_CELLS)


def _ascii(cell: Column) -> Column:
    # A character above ASCII has two bytes in Spark; without any, every encoding means the same, at no cost.
    return F.length(cell) == F.octet_length(cell)


def _decoded(cell: Column, kind: Kind, encoding: str) -> Column:
    if kind is not TEXT:
        return cell
    return F.when(_ascii(cell), cell).otherwise(F.decode(F.encode(cell, BYTES), encoding))


def _unreadable(places: Sequence[str], encoding: str) -> Column:
    if not places:
        return F.lit(False)
    line = F.concat_ws(",", *places)
    read = F.encode(line, BYTES)
    # What is decoded with a replacement character is not encoded to the same bytes.
    return ~_ascii(line) & (F.encode(F.decode(read, encoding), encoding) != read)


def _cleaned(cell: Column) -> Column:
    text = F.trim(cell)
    return F.when(text.isin(*MISSING), None).otherwise(text)
