"""Glue job of the models rain-tomorrow and temperature-tomorrow: Seattle's weather tomorrow.

One self-contained script for Glue 5.1 (Spark 3.5.6, Python 3.11). Features are today's weather and that of the days
before. ``--target`` is rain (will the next day have precipitation?) or temp_max (its highest temperature, in degrees
Celsius).
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

MISSING = ("", "NA")
SPLITS = ("train", "validation", "test")
HELD_OUT_SHARE = 4  # validation and test are a quarter of the days each: a whole year of four, with every season
MIN_DAYS = HELD_OUT_SHARE // 2 + 1  # with fewer, half a day rounds to none
HISTORY_DAYS = 6
NUMBER, TEXT, DATE = "a number", "text", "a date (YYYY/MM/DD)"
COLUMNS = {
    "date": DATE,
    "precipitation": NUMBER,
    "temp_max": NUMBER,
    "temp_min": NUMBER,
    "wind": NUMBER,
    "weather": TEXT,
}
REQUIRED = ("date", "precipitation", "temp_max", "temp_min", "wind")
FEATURES = (
    "precipitation",
    "temp_max",
    "temp_min",
    "wind",
    "rain",
    "season_sine",
    "season_cosine",
    "precipitation_1",
    "precipitation_2",
    "rain_1",
    "rain_2",
    "rain_days_7",
    "temp_max_change",
    "temp_range",
)


@dataclass(frozen=True)
class Target:
    """What is predicted: ``label`` is the next day's value of ``column``."""

    label: str
    column: str
    features: tuple[str, ...]
    binary: bool


TARGETS = {
    "rain": Target(label="rain_tomorrow", column="rain", features=FEATURES, binary=True),
    "temp_max": Target(
        label="temp_max_tomorrow",
        column="temp_max",
        features=(*FEATURES, "temp_max_1", "temp_max_2", "temp_max_mean_3", "temp_max_mean_7"),
        binary=False,
    ),
}
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
_PATTERNS = {NUMBER: r"^[+-]?(\d{1,9}(\.\d*)?|\.\d+)\z", DATE: r"^\d{4}/\d{2}/\d{2}\z"}


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
    unreal = Check(
        text="column date: {count} dates do not exist",
        bad=F.to_date("date", "yyyy/MM/dd").isNull(),
        shown=F.col("date"),
    )
    return refuse(raw, line_checks(raw.encoding), cell_checks(), [unreal])


def fingerprint(raw: DataFrame) -> str:
    """SHA-256 over the content, whatever the order of rows, files and columns.

    Each row's SHA-256 is cut into four numbers; their sums over all rows and the row count are hashed.
    Repeated rows count.
    """
    row = F.sha2(F.to_json(F.struct(*sorted(COLUMNS)), {"ignoreNullFields": "false"}), 256)
    parts = [F.conv(F.substring(row, 1 + 15 * index, 15), 16, 10).cast("decimal(20,0)") for index in range(4)]
    sums = raw.agg(F.count(F.lit(1)), *[F.sum(part) for part in parts]).collect()[0]
    return hashlib.sha256(json.dumps([str(value) for value in sums]).encode()).hexdigest()


def label_and_derive(raw: DataFrame, target: Target) -> DataFrame:
    """Days that have a label and enough history, with their features.

    A day has a label when the file holds the next day, and enough history after HISTORY_DAYS days.

    Raises:
        DataError: a date is repeated or is missing in between.
    """
    days = raw.select(
        F.to_date("date", "yyyy/MM/dd").alias("day"),
        *[F.col(name).cast("double").alias(name) for name in ("precipitation", "temp_max", "temp_min", "wind")],
    )
    check_days(days)
    # One partition: four years are 1,461 rows.
    order = Window.partitionBy(F.lit(1)).orderBy("day")
    year = 2 * F.lit(3.141592653589793) * F.dayofyear("day") / 365.25
    frame = days.withColumn("rain", (F.col("precipitation") > 0).cast("int")).select(
        "*",
        F.lead(target.column).over(order).alias(target.label),
        F.row_number().over(order).alias("place"),
        F.round(F.sin(year), 6).alias("season_sine"),
        F.round(F.cos(year), 6).alias("season_cosine"),
        *[
            F.lag(name, back).over(order).alias(f"{name}_{back}")
            for name in ("precipitation", "rain", "temp_max")
            for back in (1, 2)
        ],
        F.sum("rain").over(order.rowsBetween(-HISTORY_DAYS, 0)).alias("rain_days_7"),
        *[
            F.round(F.mean("temp_max").over(order.rowsBetween(1 - days, 0)), 2).alias(f"temp_max_mean_{days}")
            for days in (3, HISTORY_DAYS + 1)
        ],
        F.round(F.col("temp_max") - F.lag("temp_max", 1).over(order), 2).alias("temp_max_change"),
        F.round(F.col("temp_max") - F.col("temp_min"), 2).alias("temp_range"),
    )
    return frame.where(F.col(target.label).isNotNull() & (F.col("place") > HISTORY_DAYS))


def check_days(days: DataFrame) -> None:
    """Check that the column day holds every day once.

    Raises:
        DataError: it does not.
    """
    found = days.agg(
        F.count("day").alias("known"),
        F.countDistinct("day").alias("distinct"),
        (F.datediff(F.max("day"), F.min("day")) + 1).alias("span"),
    ).collect()[0]
    if found["known"] > found["distinct"]:
        raise DataError(f"column date: {found['known'] - found['distinct']} dates are repeated")
    if found["span"] > found["distinct"]:
        raise DataError(
            f"column date: {found['span'] - found['distinct']} days are missing between the first and the last day; "
            "yesterday's weather would be another day's"
        )


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
    days = [row[0] for row in frame.select("day").distinct().collect()]
    validation, test = split_days(days)
    day = F.col("day")
    return frame.withColumn(
        "split", F.when(day >= F.lit(test), "test").when(day >= F.lit(validation), "validation").otherwise("train")
    )


def summarize(frame: DataFrame, target: Target) -> dict[str, Any]:
    """Rows, distribution of the label and first and last day of each part.

    Raises:
        DataError: the label has one value in a part.
    """
    found = {
        row["split"]: row
        for row in frame.groupBy("split")
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.mean(target.label).alias("mean"),
            F.stddev_pop(target.label).alias("std"),
            F.min("day").cast("string").alias("first"),
            F.max("day").cast("string").alias("last"),
        )
        .collect()
    }
    for name in SPLITS:
        row = found[name]
        if row["std"] == 0:
            raise DataError(
                f"label {target.label}: all {row['rows']} rows of {name} have the one value {row['mean']:g}"
            )
    shown = {"positive_share": "mean"} if target.binary else {"mean": "mean", "std": "std"}
    return {
        "rows": {name: found[name]["rows"] for name in SPLITS},
        "label": {
            "name": target.label,
            **{key: {name: round(found[name][value], 6) for name in SPLITS} for key, value in shown.items()},
        },
        "time_range": {name: [found[name]["first"], found[name]["last"]] for name in SPLITS},
    }


def write_split(frame: DataFrame, name: str, destination: str, target: Target) -> None:
    """Write one part for SageMaker's XGBoost: no header, label first, in time order."""
    # One partition: the order of lines is then the same in every run.
    part = frame.where(F.col("split") == name).repartition(1).sortWithinPartitions("day")
    # No _SUCCESS beside the parts: training would take it for a part.
    writer = part.select(target.label, *target.features).write.option(
        "mapreduce.fileoutputcommitter.marksuccessfuljobs", "false"
    )
    writer.csv(f"{destination}{name}/", mode="overwrite", header=False)


def first_test_row(frame: DataFrame, target: Target) -> tuple[str, float]:
    """Features of the first test row in time order as a CSV line, and its label."""
    ordered = frame.where(F.col("split") == "test").orderBy("day")
    row = ordered.select(target.label, *target.features).head()
    if row is None:
        raise DataError("the test part has no rows")
    return ",".join(str(value) for value in row[1:]), row[0]


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


def run(spark: SparkSession, *, source: str, destination: str, target: str, encoding: str = "utf-8") -> dict[str, Any]:
    """Read, check, split and write; returns the report.

    Raises:
        DataError: the raw data is not what the model was built for, or there is no such target.
    """
    if target not in TARGETS:
        raise DataError(f"target must be one of {', '.join(TARGETS)}, got {target!r}")
    wanted = TARGETS[target]
    if not destination.endswith("/"):
        raise DataError(f"destination must end with /, got {destination}")
    raw = read_raw(spark, source, encoding)
    raw.frame.cache()
    raw_rows = check_values(raw)
    content = fingerprint(raw.frame)
    parts = with_split(label_and_derive(raw.frame, wanted)).cache()
    summary = summarize(parts, wanted)
    for name in SPLITS:
        write_split(parts, name, destination, wanted)
    golden_request, golden_label = first_test_row(parts, wanted)
    report = {
        "fingerprint": content,
        "skipped": {"count": len(raw.skipped), "first": raw.skipped[:MAX_SKIPPED_SHOWN]},
        "rows": {"raw": raw_rows, **summary["rows"], "without_label": raw_rows - sum(summary["rows"].values())},
        "label": summary["label"],
        "features": list(wanted.features),
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
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "destination", "target", *optional])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    run(
        context.spark_session,
        source=arguments["source"],
        destination=arguments["destination"],
        target=arguments["target"],
        encoding=arguments.get("encoding", "utf-8"),
    )
    job.commit()


if __name__ == "__main__":
    main()
