"""Glue job of the model air-time: how many minutes will a flight be in the air?

One self-contained script for Glue 5.1 (Spark 3.5.6, Python 3.11). Only what is known on the morning of the departure
becomes a feature: the schedule, and how long earlier days' flights to the same destination took, which tells the wind.
Times of departure and arrival would leak the label. Month is left out: with a split by time the last months never
occur in training.
"""

import hashlib
import json
import sys
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses
from pyspark.sql.types import StringType, StructField, StructType

LABEL = "air_time"
MISSING = ("", "NA")
UNSEEN_CODE = -1
RECENT_DAYS = (1, 3, 7)
NO_RECENT_FLIGHT = -1.0
SPLITS = ("train", "validation", "test")
HELD_OUT_SHARE = 8  # validation and test are an eighth of the days each
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
_PATTERNS = {INTEGER: r"^[+-]?\d{1,9}$", TIMESTAMP: r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"}
_MINUTES_A_DAY = 1440
_MINUTES_AN_HOUR = 60
_SECONDS_A_DAY = 86_400


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
    grounded = F.col("air_time").cast("int") <= 0
    found = raw.agg(*tests, F.count(F.when(grounded, 1)).alias("grounded")).collect()[0]
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
    if found["grounded"]:
        problems.append(f"column air_time: {found['grounded']} values are not above 0 minutes")
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


def label_and_derive(raw: DataFrame) -> DataFrame:
    """Rows that have a label, with what can be derived from a single row.

    Raises:
        DataError: a date or a time of day that does not exist.
    """
    numbers = raw.select(
        *[F.col(name).cast("int" if kind == INTEGER else "string").alias(name) for name, kind in COLUMNS.items()]
    )
    frame = numbers.where(F.col(LABEL).isNotNull()).select(
        "*",
        F.to_date(F.format_string("%04d-%02d-%02d", "year", "month", "day"), "yyyy-MM-dd").alias("flight_date"),
        _minute_of_day("sched_dep_time").alias("sched_dep_minute"),
        _minute_of_day("sched_arr_time").alias("sched_arr_minute"),
    )
    checks = {"flight_date": "dates", "sched_dep_minute": "times of day", "sched_arr_minute": "times of day"}
    wrong = frame.agg(*[F.count(F.when(F.col(name).isNull(), 1)).alias(name) for name in checks]).collect()[0]
    origin = {
        "flight_date": "year, month, day",
        "sched_dep_minute": "sched_dep_time",
        "sched_arr_minute": "sched_arr_time",
    }
    problems = [
        f"column {origin[name]}: {wrong[name]} {what} do not exist" for name, what in checks.items() if wrong[name]
    ]
    if problems:
        raise DataError("; ".join(problems))
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
        raise DataError(f"{len(days)} days have labels; a split by time needs at least {HELD_OUT_SHARE}")
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
    part.select(LABEL, *FEATURES).write.csv(f"{destination}{name}/", mode="overwrite", header=False)


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


def run(spark: SparkSession, *, source: str, destination: str) -> dict[str, Any]:
    """Read, check, split and write; returns the report.

    Raises:
        DataError: the raw data is not what the model was built for.
    """
    if not destination.endswith("/"):
        raise DataError(f"destination must end with /, got {destination}")
    raw = read_raw(spark, source).cache()
    raw_rows = check_values(raw)
    content = fingerprint(raw)
    parts = with_split(with_recent(label_and_derive(raw)))
    words = vocabulary(parts)
    encoded = encode(parts, words).select("split", *dict.fromkeys((*TIME_ORDER, *FEATURES))).cache()
    summary = summarize(encoded)
    for name in SPLITS:
        write_split(encoded, name, destination)
    golden_request, golden_label = first_test_row(encoded)
    report = {
        "fingerprint": content,
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

    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "destination"])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    run(context.spark_session, source=arguments["source"], destination=arguments["destination"])
    job.commit()


if __name__ == "__main__":
    main()
