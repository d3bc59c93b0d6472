"""Glue job of the model flight-delay: will a flight arrive more than 15 minutes late?

Only what is known at push-back becomes a feature; arr_time, air_time and arr_delay would leak the label. Month is left
out: with a split by time the last months never occur in training.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import job
from etl_library.checks import Check
from etl_library.days import split_by_share
from etl_library.model import CsvModel
from etl_library.table import INTEGER, TEXT, TIMESTAMP, Table
from etl_library.times import date_of, hour_of, integer, minute_of_day, minutes_between

LABEL = "arrives_late"
LATE_MINUTES = 15
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
    "dep_delay",
    "sched_dep_minute",
    "sched_arr_minute",
    "sched_block_minutes",
    "weekday",
    "hour",
    "distance",
    "carrier_code",
    "origin_code",
    "dest_code",
)


def cells() -> dict[str, Column]:
    """What one line of a raw file tells."""
    day, departs, arrives = _real_columns()
    # What these tell by themselves is not kept with them.
    return {
        LABEL: (integer("arr_delay") > LATE_MINUTES).cast("int"),
        "flight_date": day,
        **{name: F.col(name) for name in ("carrier", "origin", "dest")},
        **{name: integer(name) for name in ("flight", "dep_delay", "distance")},
        "sched_dep_minute": departs,
        "sched_arr_minute": arrives,
    }


def labelled(rows: DataFrame) -> DataFrame:
    """Flights that arrived."""
    departs = F.col("sched_dep_minute")
    return rows.where(F.col(LABEL).isNotNull()).select(
        "*",
        minutes_between(departs, F.col("sched_arr_minute")).alias("sched_block_minutes"),
        F.dayofweek("flight_date").alias("weekday"),
        hour_of(departs).alias("hour"),
    )


def cell_checks() -> list[Check]:
    """A flight that arrived has departed."""
    return [
        Check(
            text="column dep_delay: {count} values are missing in rows that have an arr_delay",
            bad=F.col("arr_delay").isNotNull() & F.col("dep_delay").isNull(),
        )
    ]


def row_checks() -> list[Check]:
    """Dates and times of flights that arrived exist."""
    names = (("year, month, day", "dates"), ("sched_dep_time", "times of day"), ("sched_arr_time", "times of day"))
    return [
        Check(
            text=f"column {columns}: {{count}} {what} do not exist", bad=F.col("arr_delay").isNotNull() & value.isNull()
        )
        for (columns, what), value in zip(names, _real_columns(), strict=True)
    ]


def _real_columns() -> tuple[Column, Column, Column]:
    return date_of("year", "month", "day"), minute_of_day("sched_dep_time"), minute_of_day("sched_arr_time")


MODEL = CsvModel(
    table=TABLE,
    label=LABEL,
    binary=True,
    features=FEATURES,
    day="flight_date",
    order=("flight_date", "sched_dep_minute", "carrier", "flight", "origin", "dest", "dep_delay", LABEL),
    # An eighth of the days each.
    split=lambda days: split_by_share(days, 8),
    cells=cells,
    labelled=labelled,
    categories=("carrier", "origin", "dest"),
    cell_checks=cell_checks,
    row_checks=row_checks,
)
run = MODEL.run

if __name__ == "__main__":
    job.main(run, optional=["encoding"])
