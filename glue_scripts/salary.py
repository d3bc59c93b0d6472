"""Glue job of the model salary: what does somebody earn after so many years of managing others?

The shortest script on CSV files; examples/families has its configuration and makes its data.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import job
from etl_library.checks import Check
from etl_library.days import split_by_share
from etl_library.model import CsvModel
from etl_library.table import DATE, INTEGER, NUMBER, Table


def _day() -> Column:
    return F.to_date("date", "yyyy/MM/dd")


def cells() -> dict[str, Column]:
    """What one line of a raw file tells."""
    return {"day": _day(), "years": F.col("years").cast("double"), "salary": F.col("salary").cast("int")}


def labelled(rows: DataFrame) -> DataFrame:
    """People whose salary is known."""
    return rows.where(F.col("salary").isNotNull())


def row_checks() -> list[Check]:
    """Dates exist."""
    return [Check(text="column date: {count} dates do not exist", bad=_day().isNull(), shown=F.col("date"))]


MODEL = CsvModel(
    table=Table(columns={"date": DATE, "years": NUMBER, "salary": INTEGER}, required=("date", "years")),
    label="salary",
    binary=False,
    features=("years",),
    day="day",
    order=("day", "years", "salary"),
    # An eighth of the days each for validation and test.
    split=lambda days: split_by_share(days, 8),
    cells=cells,
    labelled=labelled,
    row_checks=row_checks,
)
run = MODEL.run

if __name__ == "__main__":
    job.main(run, optional=["encoding"])
