"""Glue job of the model shop-sales: pieces that a shop sells on a day, from the rows of a warehouse's query.

The shortest example: what the query types need not be parsed. One self-contained script for Glue 5.1 (Spark 3.5.6,
Python 3.11); examples/warehouse has its configuration.
"""

import hashlib
import json
import sys
from functools import reduce
from operator import or_
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

SPLITS = ("train", "validation", "test")
FEATURES = ("shop", "weekday", "on_offer", "degrees")
LABEL = "pieces"
# As Spark names the types of the extract's columns.
NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "boolean")
# The newest days are the test part, those before them the validation part: a tenth each.
HELD_OUT_SHARE = 10
FEWEST_DAYS = 30


class DataError(ValueError):
    """The rows are not what the model was built for."""


def read_rows(spark: SparkSession, source: str) -> DataFrame:
    """The extract's rows, every cell of them a finite number.

    Args:
        spark: session.
        source: of the extract, ends with a slash.

    Raises:
        DataError: there are too few days, a column is missing or of another type, or a cell is empty or not finite.
    """
    extract = spark.read.parquet(f"{source}data/")
    _check_types(dict(extract.dtypes))
    rows = extract.select("day", *FEATURES, LABEL).cache()
    numbers = (*FEATURES, LABEL)
    bad = {name: ~F.coalesce(F.abs(F.col(name).cast("double")) < float("inf"), F.lit(False)) for name in numbers}
    wrong = {"day": F.col("day").isNull(), **bad}
    found = rows.where(reduce(or_, wrong.values())).select("*", *(wrong[name].alias(f"wrong_{name}") for name in wrong))
    row = found.head()
    if row is not None:
        name = next(name for name in wrong if row[f"wrong_{name}"])
        shown = {key: row[key] for key in rows.columns}
        raise DataError(f"column {name} is empty or not finite in the row {shown}; leave such rows out in the query")
    days = rows.select("day").distinct().count()
    if days < FEWEST_DAYS:
        raise DataError(f"the query gave {days} days, at least {FEWEST_DAYS} are needed; widen source.window_days")
    return rows


def _check_types(types: dict[str, str]) -> None:
    """A text would become an empty cell."""
    for name in ("day", *FEATURES, LABEL):
        wanted = ("date",) if name == "day" else NUMBERS
        kind = types.get(name)
        if kind is None:
            raise DataError(f"the query has no column {name}, it has {', '.join(types)}; name it in the query")
        if kind not in wanted and not (name != "day" and kind.startswith("decimal")):
            raise DataError(f"column {name} is of type {kind}, allowed are {', '.join(wanted)}; cast it in the query")


def fingerprint(rows: DataFrame) -> str:
    """SHA-256 over the sorted rows: equal means nothing new."""
    lines = rows.select(F.concat_ws(",", *(F.col(name).cast("string") for name in rows.columns))).collect()
    return hashlib.sha256("\n".join(sorted(line[0] for line in lines)).encode()).hexdigest()


def with_split(rows: DataFrame) -> DataFrame:
    """Add the column ``split``: by time, so that the test part is what the model cannot know yet."""
    days = sorted(row.day for row in rows.select("day").distinct().collect())
    held_out = max(1, len(days) // HELD_OUT_SHARE)
    test, validation = days[-held_out], days[-2 * held_out]
    split = F.when(F.col("day") >= F.lit(test), "test").when(F.col("day") >= F.lit(validation), "validation")
    return rows.withColumn("split", split.otherwise("train"))


def cells() -> list[Column]:
    """Label and features as plain numbers, in the order of the CSV files."""
    return [F.col(name).cast("double").alias(name) for name in (LABEL, *FEATURES)]


def run(spark: SparkSession, *, source: str, destination: str) -> dict[str, Any]:
    """Read, split and write; returns the report."""
    # A marker beside the parts would be read as data by SageMaker's XGBoost.
    spark.conf.set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
    rows = read_rows(spark, source)
    parts = with_split(rows).cache()
    for name in SPLITS:
        part = parts.where(F.col("split") == name).repartition(1).sortWithinPartitions("day", "shop")
        part.select(*cells()).write.csv(f"{destination}{name}/", mode="overwrite", header=False)
    first = parts.where(F.col("split") == "test").orderBy("day", "shop").select(*cells()).first()
    if first is None:
        raise DataError("the test part has no rows")
    counts = {row["split"]: row["count"] for row in parts.groupBy("split").count().collect()}
    report = {
        "fingerprint": fingerprint(rows),
        "rows": counts,
        "features": list(FEATURES),
        "golden_request": ",".join(str(value) for value in first[1:]),
        "golden_label": first[0],
    }
    write_report(spark, report, destination)
    return report


def write_report(spark: SparkSession, report: dict[str, Any], destination: str) -> None:
    """Write report.json through Spark's own file system, which every s3:// path of the job goes through."""
    jvm: Any = spark._jvm  # noqa: SLF001  # the only way to Hadoop's file systems from Python
    path = jvm.org.apache.hadoop.fs.Path(f"{destination}report.json")
    file_system = path.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001
    stream = file_system.create(path, True)
    try:
        stream.write(bytearray(json.dumps(report, indent=2).encode()))
    finally:
        stream.close()


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
