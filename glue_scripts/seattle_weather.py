"""Glue job of the models rain-tomorrow and temperature-tomorrow: Seattle's weather tomorrow.

Features are today's weather and that of the days before. ``--target`` is rain (will the next day have precipitation?)
or temp_max (its highest temperature, in degrees Celsius).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import job
from etl_library.checks import Check
from etl_library.days import split_by_share
from etl_library.errors import DataError
from etl_library.model import CsvModel
from etl_library.table import DATE, NUMBER, TEXT, Table

HISTORY_DAYS = 6
MEASURED = ("precipitation", "temp_max", "temp_min", "wind")
TABLE = Table(
    columns={
        "date": DATE,
        "precipitation": NUMBER,
        "temp_max": NUMBER,
        "temp_min": NUMBER,
        "wind": NUMBER,
        "weather": TEXT,
    },
    required=("date", *MEASURED),
)
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


def cells() -> dict[str, Column]:
    """What one line of a raw file tells."""
    return {"day": _day(), **{name: F.col(name).cast("double") for name in MEASURED}}


def row_checks() -> list[Check]:
    """Dates exist."""
    return [Check(text="column date: {count} dates do not exist", bad=_day().isNull(), shown=F.col("date"))]


def _day() -> Column:
    return F.to_date("date", "yyyy/MM/dd")


def labelled(days: DataFrame, target: Target) -> DataFrame:
    """Days that have a label and enough history, with their features.

    A day has a label when the file holds the next day, and enough history after HISTORY_DAYS days.

    Raises:
        DataError: a date is repeated or is missing in between.
    """
    check_days(days)
    # One partition: a row is a day, and four years are 1,461.
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
    # Kept, since every part needs the windows again.
    return frame.where(F.col(target.label).isNotNull() & (F.col("place") > HISTORY_DAYS)).cache()


def check_days(days: DataFrame) -> None:
    """Check that the column day holds every day once.

    Raises:
        DataError: it does not.
    """
    found = days.agg(
        F.count("day").alias("known"),
        F.size(F.collect_set("day")).alias("distinct"),
        (F.datediff(F.max("day"), F.min("day")) + 1).alias("span"),
    ).collect()[0]
    if found["known"] > found["distinct"]:
        raise DataError(f"column date: {found['known'] - found['distinct']} dates are repeated")
    if found["span"] > found["distinct"]:
        raise DataError(
            f"column date: {found['span'] - found['distinct']} days are missing between the first and the last day; "
            "yesterday's weather would be another day's"
        )


def model(target: Target) -> CsvModel:
    """The model of a target."""
    return CsvModel(
        table=TABLE,
        label=target.label,
        binary=target.binary,
        features=target.features,
        day="day",
        order=("day",),
        # A quarter of the days each: a whole year of four, with every season.
        split=lambda days: split_by_share(days, 4),
        cells=cells,
        labelled=partial(labelled, target=target),
        row_checks=row_checks,
    )


def run(spark: SparkSession, *, target: str, **arguments: str) -> dict[str, Any]:
    """Make the parts of a target; returns the report.

    Raises:
        DataError: the raw data is not what the model was built for, or there is no such target.
    """
    if target not in TARGETS:
        raise DataError(f"target must be one of {', '.join(TARGETS)}, got {target!r}")
    return model(TARGETS[target]).run(spark, **arguments)


if __name__ == "__main__":
    job.main(run, required=["target"], optional=["encoding"])
