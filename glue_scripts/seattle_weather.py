"""Glue job of the models rain-tomorrow and temperature-tomorrow: Seattle's weather tomorrow.

One self-contained script for Glue 5.1 (Spark 3.5.6, Python 3.11). Features are today's weather and that of the days
before. ``--target`` is rain (will the next day have precipitation?) or temp_max (its highest temperature, in degrees
Celsius).
"""

import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses
from pyspark.sql.types import StringType, StructField, StructType

MISSING = ("", "NA")
SPLITS = ("train", "validation", "test")
HELD_OUT_SHARE = 4  # validation and test are a quarter of the days each: a whole year of four, with every season
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
_PATTERNS = {NUMBER: r"^[+-]?(\d{1,9}(\.\d*)?|\.\d+)$", DATE: r"^\d{4}/\d{2}/\d{2}$"}


class DataError(ValueError):
    """The raw data is not what the model was built for."""


def read_raw(spark: SparkSession, source: str) -> DataFrame:
    """All CSV files below a folder as text columns; each file is read by its own header.

    Raises:
        DataError: no file, a file that is not CSV, or a missing or renamed column.
    """
    paths = list_files(spark, source)
    if not paths:
        raise DataError(f"no .csv file under {source}; upload at least one")
    frames = [_read_file(spark, path) for path in paths]
    combined = frames[0]
    for frame in frames[1:]:
        combined = combined.unionByName(frame)
    return combined


def list_files(spark: SparkSession, source: str) -> list[str]:
    """Paths of the CSV files below a folder, sorted; names that start with _ or . are not data, as in Spark itself.

    Raises:
        DataError: there is a file of another kind.
    """
    jvm: Any = spark._jvm  # noqa: SLF001  # the one way from Python to Hadoop's file systems
    folder = jvm.org.apache.hadoop.fs.Path(source)
    file_system = folder.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001
    if not file_system.exists(folder):
        return []
    found = file_system.listFiles(folder, True)
    paths = []
    while found.hasNext():
        path = found.next().getPath()
        if not path.getName().startswith(("_", ".")):
            paths.append(path.toString())
    if other := sorted(path for path in paths if not path.endswith(".csv")):
        raise DataError(f"{len(other)} files under {source} are not .csv, first: {other[0]}")
    return sorted(paths)


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


def _read_file(spark: SparkSession, path: str) -> DataFrame:
    first = spark.read.text(path).head()
    if first is None:
        raise DataError(f"file {path} is empty; its first line must name the columns")
    header = [name.strip().strip('"') for name in first[0].lstrip("\ufeff").split(",")]
    check_header(header, path)
    # FAILFAST: a row with too few or too many values must not be padded or cut.
    schema = StructType([StructField(name, StringType()) for name in header])
    frame = spark.read.csv(path, schema=schema, header=True, mode="FAILFAST", enforceSchema=True)
    return frame.select([_cleaned(name).alias(name) for name in COLUMNS])


def _cleaned(name: str) -> Column:
    text = F.trim(F.col(name))
    return F.when(text.isin(*MISSING), None).otherwise(text)


def check_values(raw: DataFrame) -> int:
    """Check every value of the raw data and return the number of rows.

    Raises:
        DataError: no rows, a value that cannot be parsed, or a required value that is missing.
    """
    tests: list[Column] = [F.count(F.lit(1)).alias("rows")]
    for name, kind in COLUMNS.items():
        if kind in _PATTERNS:
            bad = F.col(name).isNotNull() & ~F.col(name).rlike(_PATTERNS[kind])
            tests += [
                F.count(F.when(bad, 1)).alias(f"bad_{name}"),
                F.min(F.when(bad, F.col(name))).alias(f"first_{name}"),
            ]
    tests += [F.count(F.when(F.col(name).isNull(), 1)).alias(f"null_{name}") for name in REQUIRED]
    found = raw.agg(*tests).collect()[0]
    if found["rows"] == 0:
        raise DataError("the raw data has no rows")
    problems = [
        f"column {name}: {found[f'bad_{name}']} values cannot be parsed as {kind}, first: '{found[f'first_{name}']}'"
        for name, kind in COLUMNS.items()
        if kind in _PATTERNS and found[f"bad_{name}"]
    ]
    problems += [
        f"column {name}: {found[f'null_{name}']} values are missing" for name in REQUIRED if found[f"null_{name}"]
    ]
    if problems:
        raise DataError("; ".join(problems))
    return int(found["rows"])


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
        DataError: a date that does not exist, is repeated or is missing in between.
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
        F.count(F.when(F.col("day").isNull(), 1)).alias("unreal"),
        F.count("day").alias("known"),
        F.countDistinct("day").alias("distinct"),
        (F.datediff(F.max("day"), F.min("day")) + 1).alias("span"),
    ).collect()[0]
    if found["unreal"]:
        raise DataError(f"column date: {found['unreal']} dates do not exist")
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
        raise DataError(f"{len(days)} days have labels; a split by time needs at least {HELD_OUT_SHARE}")
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
    part.select(target.label, *target.features).write.csv(f"{destination}{name}/", mode="overwrite", header=False)


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


def run(spark: SparkSession, *, source: str, destination: str, target: str) -> dict[str, Any]:
    """Read, check, split and write; returns the report.

    Raises:
        DataError: the raw data is not what the model was built for, or there is no such target.
    """
    if target not in TARGETS:
        raise DataError(f"target must be one of {', '.join(TARGETS)}, got {target!r}")
    wanted = TARGETS[target]
    if not destination.endswith("/"):
        raise DataError(f"destination must end with /, got {destination}")
    raw = read_raw(spark, source).cache()
    raw_rows = check_values(raw)
    content = fingerprint(raw)
    parts = with_split(label_and_derive(raw, wanted)).cache()
    summary = summarize(parts, wanted)
    for name in SPLITS:
        write_split(parts, name, destination, wanted)
    golden_request, golden_label = first_test_row(parts, wanted)
    report = {
        "fingerprint": content,
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

    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "destination", "target"])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    run(
        context.spark_session,
        source=arguments["source"],
        destination=arguments["destination"],
        target=arguments["target"],
    )
    job.commit()


if __name__ == "__main__":
    main()
