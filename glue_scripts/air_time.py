"""Glue job of the model air-time: how many minutes will a flight be in the air?

Only what is known on the morning of the departure becomes a feature: the schedule, and how long earlier days' flights
to the same destination took, which tells the wind. Times of departure and arrival would leak the label. Month is left
out: with a split by time the last months never occur in training.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import job
from etl_library.checks import Check
from etl_library.days import split_by_share
from etl_library.model import CsvModel
from etl_library.table import INTEGER, TEXT, TIMESTAMP, Table
from etl_library.times import date_of, integer, minute_of_day, minutes_between

LABEL = "air_time"
RECENT_DAYS = (1, 3, 7)
NO_RECENT_FLIGHT = -1.0
TABLE = Table(
    columns={
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
    },
    required=(
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
    ),
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


def cells() -> dict[str, Column]:
    """What one line of a raw file tells."""
    day, departs, arrives = _real_columns()
    return {
        LABEL: integer(LABEL),
        "flight_date": day,
        **{name: F.col(name) for name in ("carrier", "origin", "dest")},
        **{name: integer(name) for name in ("flight", "distance")},
        "sched_dep_minute": departs,
        "sched_block_minutes": minutes_between(departs, arrives),
    }


def labelled(rows: DataFrame) -> DataFrame:
    """Flights that were in the air."""
    return rows.where(F.col(LABEL).isNotNull())


def with_recent(frame: DataFrame) -> DataFrame:
    """Add the mean air time to the same destination over the days before, today left out, for each of RECENT_DAYS."""
    days = frame.groupBy("dest", "flight_date").agg(F.sum(LABEL).alias("minutes"), F.count(LABEL).alias("flights"))
    means = {}
    for back in RECENT_DAYS:
        before = Window.partitionBy("dest").orderBy("day_number").rangeBetween(-back, -1)
        mean = F.round(F.sum("minutes").over(before) / F.sum("flights").over(before), 2)
        means[f"recent_air_time_{back}"] = F.coalesce(mean, F.lit(NO_RECENT_FLIGHT))
    numbered = days.withColumn("day_number", F.unix_date("flight_date")).withColumns(means)
    recent = numbered.drop("minutes", "flights", "day_number").cache()
    # Spark joins without a shuffle what it knows to be small.
    recent.count()
    return frame.join(recent, ["dest", "flight_date"])


def cell_checks() -> list[Check]:
    """A flight takes time."""
    return [
        Check(
            text="column air_time: {count} values are not above 0 minutes",
            bad=integer("air_time") <= 0,
            shown=F.col("air_time"),
        )
    ]


def row_checks() -> list[Check]:
    """Dates and times of flights that were in the air exist."""
    names = (("year, month, day", "dates"), ("sched_dep_time", "times of day"), ("sched_arr_time", "times of day"))
    return [
        Check(text=f"column {columns}: {{count}} {what} do not exist", bad=F.col(LABEL).isNotNull() & value.isNull())
        for (columns, what), value in zip(names, _real_columns(), strict=True)
    ]


def _real_columns() -> tuple[Column, Column, Column]:
    return date_of("year", "month", "day"), minute_of_day("sched_dep_time"), minute_of_day("sched_arr_time")


MODEL = CsvModel(
    table=TABLE,
    label=LABEL,
    binary=False,
    features=FEATURES,
    day="flight_date",
    order=("flight_date", "sched_dep_minute", "carrier", "flight", "origin", "dest", LABEL),
    # An eighth of the days each.
    split=lambda days: split_by_share(days, 8),
    cells=cells,
    labelled=labelled,
    enriched=with_recent,
    categories=("carrier", "origin", "dest"),
    cell_checks=cell_checks,
    row_checks=row_checks,
)
run = MODEL.run

if __name__ == "__main__":
    job.main(run, optional=["encoding"])
