"""Glue job of the model air-time: how many minutes will a flight be in the air?

One self-contained script for Glue 5.1 (Spark 3.5.6, Python 3.11). Only what is known on the morning of the departure
becomes a feature: the schedule, and how long earlier days' flights to the same destination took, which tells the wind.
Times of departure and arrival would leak the label. Month is left out: with a split by time the last months never
occur in training.
"""

import csv
import hashlib
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

LABEL = "air_time"
MISSING = ("", "NA")
UNSEEN_CODE = -1
RECENT_DAYS = (1, 3, 7)
NO_RECENT_FLIGHT = -1.0
SPLITS = ("train", "validation", "test")
HELD_OUT_SHARE = 8  # validation and test are an eighth of the days each
MIN_DAYS = HELD_OUT_SHARE // 2 + 1  # with fewer, half a day rounds to none
CATEGORIES = ("carrier", "origin", "dest")
INTEGER, TEXT, TIMESTAMP = "an integer", "text", "a timestamp"
COLUMNS = {
    "year": INTEGER,
    "month": INTEGER,
    "day": INTEGER,
    "dep_time": INTEGER,
    "sched_dep_time": INTEGER,
    "dep_delay": INTEGER,
    "arr_time": INTEGER,
    "sched_arr_time": INTEGER,
    "arr_delay": INTEGER,
    "carrier": TEXT,
    "flight": INTEGER,
    "tailnum": TEXT,
    "origin": TEXT,
    "dest": TEXT,
    "air_time": INTEGER,
    "distance": INTEGER,
    "hour": INTEGER,
    "minute": INTEGER,
    "time_hour": TIMESTAMP,
}
REQUIRED = (
    "year",
    "month",
    "day",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "flight",
    "origin",
    "dest",
    "distance",
)
FEATURES = (
    "sched_dep_minute",
    "sched_block_minutes",
    "distance",
    "carrier_code",
    "origin_code",
    "dest_code",
    *(f"recent_air_time_{days}" for days in RECENT_DAYS),
)
TIME_ORDER = ("flight_date", "sched_dep_minute", "carrier", "flight", "origin", "dest", LABEL)
# All contain ASCII as it is, and Java and Python know them by these names.
ENCODINGS = ("utf-8", "iso-8859-1", "windows-1252")
ENCODING_HINT = "save the file as UTF-8, or name its encoding in etl.arguments"
FILE, LINE, UNEVEN, UNREADABLE = "_file", "_line", "_uneven", "_unreadable"
_BYTES = "ISO-8859-1"  # each byte is one character, so that nothing is lost
_CORRUPT = "_corrupt"
# A quotation mark inside of quotes is doubled, as in RFC 4180, and a backslash is a backslash.
_CSV = {"escape": '"', "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _CORRUPT}
_SHOWN = 80  # characters of a line in a message
MAX_PLACES = 3  # in a message
MAX_SKIPPED_SHOWN = 20  # in the report
_WHY_SKIPPED = "since a part of their path starts with _ or ."
_PATTERNS = {INTEGER: r"^[+-]?\d{1,9}\z", TIMESTAMP: r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\z"}
_MINUTES_A_DAY = 1440
_MINUTES_AN_HOUR = 60
_SECONDS_A_DAY = 86_400


class DataError(ValueError):
    """The raw data is not what the model was built for."""


@dataclass(frozen=True, kw_only=True)
class Raw:
    """What lies below the source.

    Args:
        frame: COLUMNS as text, null where a cell is missing, and FILE, UNEVEN and UNREADABLE of each line.
        encoding: of the files.
        skipped: names below the source that are not read.
    """

    frame: DataFrame
    encoding: str
    skipped: list[str]


@dataclass(frozen=True, kw_only=True)
class Check:
    """What no line may be.

    Args:
        text: of the message; ``{count}`` is the number of such lines.
        bad: true for such a line; over the columns of ``Raw.frame``.
        shown: what the message shows of the first one.
    """

    text: str
    bad: Column
    shown: Column | None = None


def read_raw(spark: SparkSession, source: str, encoding: str = "utf-8") -> Raw:
    """All CSV files below a folder as text columns; each file is read by its own header.

    Raises:
        DataError: no file, a file that is not CSV or cannot be addressed, or a missing or renamed column.
    """
    if encoding not in ENCODINGS:
        raise DataError(f"encoding must be one of {', '.join(ENCODINGS)}, got {encoding!r}")
    paths, skipped = list_files(spark, source)
    if skipped:
        sys.stdout.write(f"skipped {len(skipped)} files under {source}, {_WHY_SKIPPED}: {', '.join(skipped)}\n")
    if not paths:
        hint = f"; {len(skipped)} were skipped, {_WHY_SKIPPED}" if skipped else ""
        raise DataError(f"no .csv file under {source}; upload at least one{hint}")
    by_header: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        by_header.setdefault(tuple(read_header(spark, path, encoding)), []).append(path)
    # One reader for all files of a header: a plan of a thousand readers would take longer than the data.
    combined, *others = [_read_files(spark, alike, header, encoding) for header, alike in by_header.items()]
    for frame in others:
        combined = combined.unionByName(frame)
    return Raw(frame=combined, encoding=encoding, skipped=skipped)


def list_files(spark: SparkSession, source: str) -> tuple[list[str], list[str]]:
    """Paths of the CSV files below a folder, and names below it that are no data; both sorted.

    As in Spark itself, files and folders that start with _ or . are no data.

    Raises:
        DataError: there is a file of another kind, or one that Hadoop's paths cannot name.
    """
    jvm: Any = spark._jvm  # noqa: SLF001  # the one way from Python to Hadoop's file systems
    folder = jvm.org.apache.hadoop.fs.Path(source)
    file_system = folder.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001
    if not file_system.exists(folder):
        return [], []
    root = str(file_system.makeQualified(folder).toUri().getPath()).rstrip("/") + "/"
    found = file_system.listFiles(folder, True)
    paths, skipped, colons = [], [], []
    while found.hasNext():
        path = found.next().getPath()
        name = str(path.toUri().getPath()).removeprefix(root)
        if any(part.startswith(("_", ".")) for part in name.split("/")):
            skipped.append(name)
        elif ":" in name:
            colons.append(name)
        else:
            paths.append(str(path.toString()))
    if other := sorted(path for path in paths if not path.endswith(".csv")):
        raise DataError(f"{len(other)} files under {source} are not .csv, first: {other[0]}")
    # https://issues.apache.org/jira/browse/HADOOP-14217
    if colons:
        raise DataError(
            f"{len(colons)} files under {source} have a colon in their path, which Hadoop cannot read; rename them, "
            f"first: {min(colons)}"
        )
    # Hadoop's paths have no empty parts: a//b.csv is listed as a/b.csv.
    if twice := sorted(path for path, count in Counter(paths).items() if count > 1):
        raise DataError(f"{len(twice)} paths are those of several objects; rename all but one, first: {twice[0]}")
    return sorted(paths), sorted(skipped)


def check_header(header: list[str], path: str) -> None:
    """Compare a file's header with the columns that the model needs.

    Raises:
        DataError: a column is missing, renamed or named twice.
    """
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing:
        hint = f"; unknown columns, perhaps renamed: {', '.join(unknown)}" if unknown else ""
        raise DataError(f"{len(missing)} columns are missing in {path}: {', '.join(missing)}{hint}")
    if twice := [name for name in COLUMNS if header.count(name) > 1]:
        raise DataError(f"{len(twice)} columns are named twice in {path}: {', '.join(twice)}")


def read_header(spark: SparkSession, path: str, encoding: str) -> list[str]:
    """Names in a file's first line.

    Raises:
        DataError: the file cannot be opened, is empty or in another encoding, or its columns are not those needed.
    """
    jvm: Any = spark._jvm  # noqa: SLF001  # as in list_files
    place = jvm.org.apache.hadoop.fs.Path(path)
    try:
        stream = place.getFileSystem(spark._jsc.hadoopConfiguration()).open(place)  # noqa: SLF001
    except Py4JJavaError as error:
        # Also an object a//b.csv, which is listed as a/b.csv.
        raise DataError(f"file {path} is listed but cannot be opened: {error.java_exception}") from error
    try:
        first = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(stream, _BYTES)).readLine()
    finally:
        stream.close()
    if first is None:
        raise DataError(f"file {path} is empty; its first line must name the columns")
    try:
        text = str(first).encode(_BYTES).decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"line 1 of {path} is not {encoding}: {error.reason} at byte {error.start + 1}; {ENCODING_HINT}"
        ) from error
    header = [name.strip() for name in next(csv.reader([text]), [])]
    check_header(header, path)
    return header


def _read_files(spark: SparkSession, paths: list[str], header: Sequence[str], encoding: str) -> DataFrame:
    # Without pruning a line with another number of values is seen whatever the columns that are selected.
    reader = spark.read.options(**_CSV, header=True, encoding=_BYTES, columnPruning=False, enforceSchema=True)
    frame = reader.csv([_pattern(path) for path in paths], schema=_schema(header))
    _check_input(spark, frame, paths)
    return frame.select(*_columns(header, encoding), F.input_file_name().alias(FILE))


def _pattern(path: str) -> str:
    """A pattern for this one path: Spark takes every path for a pattern.

    https://hadoop.apache.org/docs/r3.3.6/api/org/apache/hadoop/fs/FileSystem.html#globStatus-org.apache.hadoop.fs.Path-
    """
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def _path(spark: SparkSession, uri: str) -> str:
    """The path that Spark shows as a URI."""
    jvm: Any = spark._jvm  # noqa: SLF001  # as in list_files
    return str(jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(uri)).toString())


def _check_input(spark: SparkSession, frame: DataFrame, paths: list[str]) -> None:
    found = sorted(_path(spark, uri) for uri in frame.inputFiles())
    if wrong := sorted(set(found) ^ set(paths)):
        raise DataError(f"Spark does not read exactly the {len(paths)} files that are there; rename {wrong[0]}")


def _schema(header: Sequence[str]) -> str:
    # By place: names of columns that the model does not need may be anything.
    return ", ".join(f"{name} string" for name in (*_places(header), _CORRUPT))


def _places(header: Sequence[str]) -> list[str]:
    return [f"c{place}" for place in range(len(header))]


def _columns(header: Sequence[str], encoding: str) -> list[Column]:
    """COLUMNS, UNEVEN and UNREADABLE of a file that was read as _BYTES."""
    line = F.encode(F.concat_ws(",", *_places(header)), _BYTES)
    cells = {name: F.col(f"c{header.index(name)}") for name in COLUMNS}
    for name, kind in COLUMNS.items():
        if kind == TEXT:  # all others are ASCII
            cells[name] = F.decode(F.encode(cells[name], _BYTES), encoding)
    return [
        *[_cleaned(cell).alias(name) for name, cell in cells.items()],
        F.col(_CORRUPT).isNotNull().alias(UNEVEN),
        # What is decoded with a replacement character is not encoded to the same bytes.
        (F.encode(F.decode(line, encoding), encoding) != line).alias(UNREADABLE),
    ]


def _cleaned(cell: Column) -> Column:
    text = F.trim(cell)
    return F.when(text.isin(*MISSING), None).otherwise(text)


def refuse(raw: Raw, *stages: list[Check]) -> int:
    """Count the lines that a check is true for; returns the number of rows.

    Args:
        raw: what is checked.
        stages: checks; those of a later stage count only when those of the earlier ones found nothing.

    Raises:
        DataError: no rows, or some that a check is true for; names the first of them.
    """
    checks = [check for stage in stages for check in stage]
    rows, *counts = raw.frame.agg(F.count(F.lit(1)), *[F.count(F.when(check.bad, 1)) for check in checks]).collect()[0]
    if rows == 0:
        raise DataError("the raw data has no rows")
    results = zip(checks, counts, strict=True)
    for stage in stages:
        if problems := [(check, count) for check, count in itertools.islice(results, len(stage)) if count]:
            texts = [check.text.format(count=count) for check, count in problems]
            # To find a place reads a file; one line that is none, such as a second header, is wrong in every column.
            places = [f", {_first(raw, check)}" for check, _ in problems[:MAX_PLACES]]
            raise DataError("; ".join(map("".join, itertools.zip_longest(texts, places, fillvalue=""))))
    return int(rows)


def _first(raw: Raw, check: Check) -> str:
    """Where a check is true first; reads that file in one piece, since Spark does not number lines."""
    spark = raw.frame.sparkSession
    path = _path(spark, raw.frame.where(check.bad).agg(F.min(FILE)).collect()[0][0])
    header = read_header(spark, path, raw.encoding)
    text = spark.read.text(_pattern(path)).coalesce(1)
    _check_input(spark, text, [path])
    numbered = text.select(
        F.monotonically_increasing_id().alias("place"), F.decode(F.col("value").cast("binary"), _BYTES).alias(LINE)
    )
    # As Spark's reader does: the header and blank lines are no rows.
    rows = numbered.where((F.col("place") > 0) & F.col(LINE).rlike(r"[^\x00-\x20]"))
    cells = F.from_csv(LINE, _schema(header), _CSV).alias("cells")
    lines = rows.select("place", LINE, cells).select("place", LINE, "cells.*")
    lines = lines.select("place", LINE, *_columns(header, raw.encoding))
    shown = F.lit(None) if check.shown is None else check.shown
    first = lines.where(check.bad).orderBy("place").select("place", shown).head()
    if first is None:
        raise DataError(f"file {path} changed while it was read; start a new run")
    value = "" if first[1] is None else f": {_readable(first[1], raw.encoding)!r}"
    return f"first in line {first[0] + 1} of {path}{value}"


def _readable(text: str, encoding: str) -> str:
    decoded = text.encode(_BYTES).decode(encoding, "backslashreplace")
    return decoded if len(decoded) <= _SHOWN else f"{decoded[:_SHOWN]}..."


def line_checks(encoding: str) -> list[Check]:
    """What every line must be, whatever its values."""
    return [
        Check(
            text="{count} lines have more or fewer values than their header has names",
            bad=F.col(UNEVEN),
            shown=F.col(LINE),
        ),
        Check(
            text=f"{{count}} lines are not {encoding} ({ENCODING_HINT})",
            bad=F.col(UNREADABLE),
            shown=F.col(LINE),
        ),
    ]


def cell_checks() -> list[Check]:
    """What every cell must be."""
    parsed = [
        Check(
            text=f"column {name}: {{count}} values cannot be parsed as {kind}",
            bad=F.col(name).isNotNull() & ~F.col(name).rlike(_PATTERNS[kind]),
            shown=F.col(name),
        )
        for name, kind in COLUMNS.items()
        if kind in _PATTERNS
    ]
    return parsed + [
        Check(text=f"column {name}: {{count}} values are missing", bad=F.col(name).isNull()) for name in REQUIRED
    ]


def check_values(raw: Raw) -> int:
    """Check every value of the raw data and return the number of rows.

    Raises:
        DataError: no rows, a line or a value that cannot be parsed, or a required value that is missing.
    """
    own = Check(
        text="column air_time: {count} values are not above 0 minutes",
        bad=F.col("air_time").cast("int") <= 0,
        shown=F.col("air_time"),
    )
    labelled = F.col("air_time").isNotNull()
    unreal = {
        "year, month, day": ("dates", _flight_date()),
        "sched_dep_time": ("times of day", _minute_of_day("sched_dep_time")),
        "sched_arr_time": ("times of day", _minute_of_day("sched_arr_time")),
    }
    real = [
        Check(text=f"column {names}: {{count}} {what} do not exist", bad=labelled & value.isNull())
        for names, (what, value) in unreal.items()
    ]
    return refuse(raw, line_checks(raw.encoding), [*cell_checks(), own], real)


def fingerprint(raw: DataFrame) -> str:
    """SHA-256 over the content, whatever the order of rows, files and columns.

    Each row's SHA-256 is cut into four numbers; their sums over all rows and the row count are hashed.
    Repeated rows count.
    """
    row = F.sha2(F.to_json(F.struct(*sorted(COLUMNS)), {"ignoreNullFields": "false"}), 256)
    parts = [F.conv(F.substring(row, 1 + 15 * index, 15), 16, 10).cast("decimal(20,0)") for index in range(4)]
    sums = raw.agg(F.count(F.lit(1)), *[F.sum(part) for part in parts]).collect()[0]
    return hashlib.sha256(json.dumps([str(value) for value in sums]).encode()).hexdigest()


def label_and_derive(raw: DataFrame) -> DataFrame:
    """Rows that have a label, with what can be derived from a single row."""
    numbers = raw.select(
        *[F.col(name).cast("int" if kind == INTEGER else "string").alias(name) for name, kind in COLUMNS.items()]
    )
    frame = numbers.where(F.col(LABEL).isNotNull()).select(
        "*",
        _flight_date().alias("flight_date"),
        _minute_of_day("sched_dep_time").alias("sched_dep_minute"),
        _minute_of_day("sched_arr_time").alias("sched_arr_minute"),
    )
    return frame.withColumns(
        {
            # Local times: a flight over midnight or time zones still gets one fixed number for its schedule.
            "sched_block_minutes": (F.col("sched_arr_minute") - F.col("sched_dep_minute") + _MINUTES_A_DAY)
            % _MINUTES_A_DAY,
        }
    )


def with_recent(frame: DataFrame) -> DataFrame:
    """Add the mean air time to the same destination over the days before, today left out, for each of RECENT_DAYS."""
    day_number = (F.unix_timestamp(F.col("flight_date").cast("timestamp")) / _SECONDS_A_DAY).cast("int")
    days = frame.groupBy("dest", "flight_date").agg(F.sum(LABEL).alias("minutes"), F.count(LABEL).alias("flights"))
    means = {}
    for back in RECENT_DAYS:
        before = Window.partitionBy("dest").orderBy("day_number").rangeBetween(-back, -1)
        mean = F.round(F.sum("minutes").over(before) / F.sum("flights").over(before), 2)
        means[f"recent_air_time_{back}"] = F.coalesce(mean, F.lit(NO_RECENT_FLIGHT))
    recent = days.withColumn("day_number", day_number).withColumns(means).drop("minutes", "flights", "day_number")
    return frame.join(recent, ["dest", "flight_date"])


def _flight_date() -> Column:
    numbers = [F.col(name).cast("int") for name in ("year", "month", "day")]
    return F.to_date(F.format_string("%04d-%02d-%02d", *numbers), "yyyy-MM-dd")


def _minute_of_day(name: str) -> Column:
    time = F.col(name).cast("int")
    minute = (F.floor(time / 100) * _MINUTES_AN_HOUR + time % 100).cast("int")
    return F.when(time.between(0, 2400) & (time % 100 < _MINUTES_AN_HOUR), minute % _MINUTES_A_DAY)


def split_days(days: list[date]) -> tuple[date, date]:
    """First day of validation and first day of test.

    Raises:
        DataError: fewer days than parts.
    """
    days = sorted(days)
    held_out = round(len(days) / HELD_OUT_SHARE)
    if held_out == 0 or len(days) <= 2 * held_out:
        raise DataError(f"{len(days)} days have labels; a split by time needs at least {MIN_DAYS}")
    return days[-2 * held_out], days[-held_out]


def with_split(frame: DataFrame) -> DataFrame:
    """Add the column split; whole days in time order, so that no day is in two parts."""
    days = [row[0] for row in frame.select("flight_date").distinct().collect()]
    validation, test = split_days(days)
    day = F.col("flight_date")
    return frame.withColumn(
        "split", F.when(day >= F.lit(test), "test").when(day >= F.lit(validation), "validation").otherwise("train")
    )


def vocabulary(frame: DataFrame) -> dict[str, list[str]]:
    """Values of each category in the training part; a value's code is its place.

    In the order of their first day: when later data is added, the codes that an earlier model learned stay the same,
    and it can be compared on the same rows.
    """
    train = frame.where(F.col("split") == "train")
    return {
        name: [
            row[0]
            for row in train.groupBy(name).agg(F.min("flight_date").alias("first")).orderBy("first", name).collect()
        ]
        for name in CATEGORIES
    }


def encode(frame: DataFrame, words: dict[str, list[str]]) -> DataFrame:
    """Add the codes of the categories; a value that training never saw gets UNSEEN_CODE."""
    codes = {}
    for name, values in words.items():
        places = F.create_map(*[F.lit(item) for code, value in enumerate(values) for item in (value, code)])
        codes[f"{name}_code"] = F.coalesce(places[F.col(name)], F.lit(UNSEEN_CODE))
    return frame.withColumns(codes)


def summarize(frame: DataFrame) -> dict[str, Any]:
    """Rows, mean and standard deviation of the label (minutes), first and last day of each part.

    Raises:
        DataError: the label has one value in a part.
    """
    found = {
        row["split"]: row
        for row in frame.groupBy("split")
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.mean(LABEL).alias("mean"),
            F.stddev_pop(LABEL).alias("std"),
            F.min("flight_date").cast("string").alias("first"),
            F.max("flight_date").cast("string").alias("last"),
        )
        .collect()
    }
    for name in SPLITS:
        row = found[name]
        if row["std"] == 0:
            raise DataError(f"label {LABEL}: all {row['rows']} rows of {name} have the one value {row['mean']:g}")
    return {
        "rows": {name: found[name]["rows"] for name in SPLITS},
        "mean": {name: round(found[name]["mean"], 6) for name in SPLITS},
        "std": {name: round(found[name]["std"], 6) for name in SPLITS},
        "time_range": {name: [found[name]["first"], found[name]["last"]] for name in SPLITS},
    }


def write_split(frame: DataFrame, name: str, destination: str) -> None:
    """Write one part for SageMaker's XGBoost: no header, label first, in time order."""
    # One partition: the order of lines is then the same in every run.
    part = frame.where(F.col("split") == name).repartition(1).sortWithinPartitions(*TIME_ORDER, *FEATURES)
    # No _SUCCESS beside the parts: training would take it for a part.
    writer = part.select(LABEL, *FEATURES).write.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
    writer.csv(f"{destination}{name}/", mode="overwrite", header=False)


def first_test_row(frame: DataFrame) -> tuple[str, int]:
    """Features of the first test row in time order as a CSV line, and its label."""
    ordered = frame.where(F.col("split") == "test").orderBy(*TIME_ORDER, *FEATURES)
    row = ordered.select(LABEL, *FEATURES).head()
    if row is None:
        raise DataError("the test part has no rows")
    return ",".join(str(value) for value in row[1:]), int(row[0])


def write_report(spark: SparkSession, report: dict[str, Any], destination: str) -> None:
    """Write report.json through Spark's own file system, which every s3:// path of the job goes through."""
    jvm: Any = spark._jvm  # noqa: SLF001  # as in list_files
    path = jvm.org.apache.hadoop.fs.Path(f"{destination}report.json")
    file_system = path.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001
    stream = file_system.create(path, True)
    try:
        stream.write(bytearray(json.dumps(report, indent=2).encode()))
    finally:
        stream.close()


def run(spark: SparkSession, *, source: str, destination: str, encoding: str = "utf-8") -> dict[str, Any]:
    """Read, check, split and write; returns the report.

    Raises:
        DataError: the raw data is not what the model was built for.
    """
    if not destination.endswith("/"):
        raise DataError(f"destination must end with /, got {destination}")
    raw = read_raw(spark, source, encoding)
    raw.frame.cache()
    raw_rows = check_values(raw)
    content = fingerprint(raw.frame)
    parts = with_split(with_recent(label_and_derive(raw.frame)))
    words = vocabulary(parts)
    encoded = encode(parts, words).select("split", *dict.fromkeys((*TIME_ORDER, *FEATURES))).cache()
    summary = summarize(encoded)
    for name in SPLITS:
        write_split(encoded, name, destination)
    golden_request, golden_label = first_test_row(encoded)
    report = {
        "fingerprint": content,
        "skipped": {"count": len(raw.skipped), "first": raw.skipped[:MAX_SKIPPED_SHOWN]},
        "rows": {"raw": raw_rows, **summary["rows"], "without_label": raw_rows - sum(summary["rows"].values())},
        "label": {"name": LABEL, "mean": summary["mean"], "std": summary["std"]},
        "features": list(FEATURES),
        "categories": words,
        "time_range": summary["time_range"],
        "golden_request": golden_request,
        "golden_label": golden_label,
    }
    write_report(spark, report, destination)
    return report


def main() -> None:
    """Entry point on AWS Glue."""
    from awsglue.context import GlueContext  # noqa: PLC0415  # exists only inside a Glue job
    from awsglue.job import Job  # noqa: PLC0415
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415
    from pyspark.context import SparkContext  # noqa: PLC0415

    optional = [name for name in ("encoding",) if f"--{name}" in sys.argv]
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "destination", *optional])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    run(
        context.spark_session,
        source=arguments["source"],
        destination=arguments["destination"],
        encoding=arguments.get("encoding", "utf-8"),
    )
    job.commit()


if __name__ == "__main__":
    main()
