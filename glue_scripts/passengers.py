"""Glue job of the model passengers: who survives the wreck of a ship?

Categories stay texts and what is missing stays missing: the training script's own pipeline makes numbers of them, so
that callers send what they have. examples/families has its configuration and makes its data.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import job
from etl_library.checks import Check
from etl_library.days import split_by_share
from etl_library.model import CsvModel
from etl_library.table import DATE, INTEGER, NUMBER, TEXT, Table

# In the order of training_src/scripts/passengers/columns.py.
FEATURES = ("ticket", "sex", "age", "fare", "port")


def _day() -> Column:
    return F.to_date("date", "yyyy/MM/dd")


def cells() -> dict[str, Column]:
    """What one line of a raw file tells."""
    return {
        "day": _day(),
        **{name: F.col(name).cast("int") for name in ("ticket", "survived")},
        **{name: F.col(name).cast("double") for name in ("age", "fare")},
        **{name: F.col(name) for name in ("sex", "port")},
    }


def labelled(rows: DataFrame) -> DataFrame:
    """Passengers whose fate is known."""
    return rows.where(F.col("survived").isNotNull())


def row_checks() -> list[Check]:
    """Dates exist."""
    return [Check(text="column date: {count} dates do not exist", bad=_day().isNull(), shown=F.col("date"))]


MODEL = CsvModel(
    table=Table(
        columns={
            "date": DATE,
            "ticket": INTEGER,
            "sex": TEXT,
            "age": NUMBER,
            "fare": NUMBER,
            "port": TEXT,
            "survived": INTEGER,
        },
        required=("date", "ticket", "sex"),
    ),
    label="survived",
    binary=True,
    features=FEATURES,
    day="day",
    order=("day", *FEATURES, "survived"),
    # An eighth of the days each for validation and test.
    split=lambda days: split_by_share(days, 8),
    cells=cells,
    labelled=labelled,
    row_checks=row_checks,
)
run = MODEL.run

if __name__ == "__main__":
    job.main(run, optional=["encoding"])
