"""From the rows of a warehouse's query to the parts of a model and its report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import fingerprint
from etl_library.days import Split, read_days
from etl_library.errors import DataError
from etl_library.files import write_report
from etl_library.parts import Output, count_rows, write_parts

# As Spark names the types of the extract's columns.
NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "boolean")


@dataclass(frozen=True, kw_only=True)
class ExtractModel:
    """What is a model's own; every column but the day is a number, which the query has typed.

    Args:
        label: column that the model predicts.
        features: columns of the files after the label, in order.
        day: column with the date of a row.
        order: columns by which lines are sorted, before the features.
        fewest_days: with rows.
        split: first days of validation and test, from the days that have rows.
    """

    label: str
    features: tuple[str, ...]
    day: str
    order: tuple[str, ...]
    fewest_days: int
    split: Callable[[list[date]], Split]

    @property
    def columns(self) -> tuple[str, ...]:
        """All that are read."""
        return (self.day, *self.features, self.label)

    def run(self, spark: SparkSession, *, source: str, destination: str) -> dict[str, Any]:
        """Read, check, split and write; returns the report.

        Raises:
            DataError: the rows are not what the model was built for.
        """
        rows = self.read_rows(spark, source)
        days = read_days(rows, day=self.day, label=self.label)
        split = self.split([day.first for day in days])
        output = Output(
            frame=rows,
            day=self.day,
            order=tuple(dict.fromkeys((*self.order, *self.features, self.label))),
            # Plain numbers: a truth value is none.
            cells=tuple(F.col(name).cast("double").alias(name) for name in (self.label, *self.features)),
        )
        counts = count_rows(days, split)
        golden_request, golden_label = write_parts(output, split, counts, destination)
        report = {
            "fingerprint": fingerprint.fingerprint(rows, self.columns),
            "rows": counts,
            "features": list(self.features),
            "golden_request": golden_request,
            "golden_label": golden_label,
        }
        write_report(spark, report, destination)
        return report

    def read_rows(self, spark: SparkSession, source: str) -> DataFrame:
        """The extract's rows, every cell of them a finite number.

        Args:
            spark: session.
            source: of the extract, ends with a slash.

        Raises:
            DataError: there are too few days, a column is missing or of another type, or a cell is empty or not finite.
        """
        extract = spark.read.parquet(f"{source}data/")
        self._check_types(dict(extract.dtypes))
        rows = extract.select(*self.columns).cache()
        self._check_cells(rows)
        days = rows.select(self.day).distinct().count()
        if days < self.fewest_days:
            raise DataError(
                f"the query gave {days} days, at least {self.fewest_days} are needed; widen source.window_days"
            )
        return rows

    def _check_types(self, types: dict[str, str]) -> None:
        """A text would become an empty cell."""
        for name in self.columns:
            wanted = ("date",) if name == self.day else NUMBERS
            kind = types.get(name)
            if kind is None:
                raise DataError(f"the query has no column {name}, it has {', '.join(types)}; name it in the query")
            if kind not in wanted and not (name != self.day and kind.startswith("decimal")):
                raise DataError(
                    f"column {name} is of type {kind}, allowed are {', '.join(wanted)}; cast it in the query"
                )

    def _check_cells(self, rows: DataFrame) -> None:
        numbers = (*self.features, self.label)
        bad = {name: ~F.coalesce(F.abs(F.col(name).cast("double")) < float("inf"), F.lit(False)) for name in numbers}
        wrong = {self.day: F.col(self.day).isNull(), **bad}
        found = rows.where(reduce(or_, wrong.values()))
        row = found.select("*", *(wrong[name].alias(f"wrong_{name}") for name in wrong)).head()
        if row is not None:
            name = next(name for name in wrong if row[f"wrong_{name}"])
            shown = {key: row[key] for key in rows.columns}
            raise DataError(
                f"column {name} is empty or not finite in the row {shown}; leave such rows out in the query"
            )
