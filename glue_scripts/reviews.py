"""Glue job of the model reviews: does somebody like what they write about?

Texts are not made into numbers here; examples/families has its configuration and makes its data.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import job
from etl_library.checks import Check
from etl_library.days import split_by_share
from etl_library.model import CsvModel
from etl_library.table import DATE, TEXT, Table
from etl_library.texts import labelled_texts

SENTIMENTS = ("negative", "positive")


def _day() -> Column:
    return F.to_date("date", "yyyy/MM/dd")


def cells() -> dict[str, Column]:
    """What one line of a raw file tells."""
    return {
        "day": _day(),
        "text": F.col("text"),
        "sentiment": F.col("sentiment"),
        # Of the report, which tells the share of each part.
        "positive": (F.col("sentiment") == SENTIMENTS[1]).cast("int"),
    }


def labelled(rows: DataFrame) -> DataFrame:
    """Texts that somebody judged."""
    return rows.where(F.col("sentiment").isNotNull())


def row_checks() -> list[Check]:
    """Dates exist, and a text is liked or not."""
    other = F.col("sentiment").isNotNull() & ~F.col("sentiment").isin(*SENTIMENTS)
    return [
        Check(text="column date: {count} dates do not exist", bad=_day().isNull(), shown=F.col("date")),
        Check(
            text=f"column sentiment: {{count}} values are none of {', '.join(SENTIMENTS)}",
            bad=other,
            shown=F.col("sentiment"),
        ),
    ]


MODEL = CsvModel(
    table=Table(columns={"date": DATE, "sentiment": TEXT, "text": TEXT}, required=("date", "text")),
    label="positive",
    binary=True,
    features=("text",),
    day="day",
    order=("day", "text", "sentiment"),
    # An eighth of the days each for validation and test.
    split=lambda days: split_by_share(days, 8),
    cells=cells,
    labelled=labelled,
    row_checks=row_checks,
    lines=lambda: labelled_texts(label="sentiment", text="text"),
)
run = MODEL.run

if __name__ == "__main__":
    job.main(run, optional=["encoding"])
