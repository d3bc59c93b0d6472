"""From raw CSV files to the parts of a model and its report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library import fingerprint
from etl_library.categories import codes, first_days, vocabulary
from etl_library.checks import Check, Stages, cell_checks, is_bad, line_checks, refuse
from etl_library.days import Split, label_report, read_days, summarize
from etl_library.errors import DataError
from etl_library.files import write_report
from etl_library.parts import Lines, Output, write_parts
from etl_library.raw import PLAIN, Raw, read_raw
from etl_library.settings import IN_ONE_PASS, STEP_BY_STEP, settings
from etl_library.table import Table

MAX_SKIPPED_SHOWN = 20  # in the report
_LINES = "_lines"


def _as_it_is(frame: DataFrame) -> DataFrame:
    return frame


def _nothing() -> list[Check]:
    return []


@dataclass(frozen=True, kw_only=True)
class CsvModel:
    """What is a model's own. Columns are made by functions, since Spark has none before its session.

    Args:
        table: columns of the raw files.
        label: column that the model predicts.
        binary: the label is 1 or 0, else a quantity.
        features: columns of the files after the label, in order.
        day: column with the date of a row.
        order: columns by which lines are sorted, before the features.
        split: first days of validation and test, from the days that have rows.
        cells: columns by name, each computed from the text columns of one raw line; null where it has no value.
        labelled: from the rows of `cells` those that have a label, with the columns that other rows decide.
        enriched: adds features that need a join; only written rows need them.
        categories: columns that become features as ``<name>_code``.
        cell_checks: what no cell may be, besides what the table says.
        row_checks: what no row may be whose cells are right.
        lines: what is written in place of CSV; None for CSV.
    """

    table: Table
    label: str
    binary: bool
    features: tuple[str, ...]
    day: str
    order: tuple[str, ...]
    split: Callable[[list[date]], Split]
    cells: Callable[[], dict[str, Column]]
    labelled: Callable[[DataFrame], DataFrame]
    enriched: Callable[[DataFrame], DataFrame] = _as_it_is
    categories: tuple[str, ...] = ()
    cell_checks: Callable[[], list[Check]] = _nothing
    row_checks: Callable[[], list[Check]] = _nothing
    lines: Callable[[], Lines] | None = None

    def checks(self, encoding: str) -> Stages:
        """What no raw line may be."""
        return [line_checks(encoding), [*cell_checks(self.table), *self.cell_checks()], self.row_checks()]

    def run(self, spark: SparkSession, *, source: str, destination: str, encoding: str = "utf-8") -> dict[str, Any]:
        """Read, check, split and write; returns the report.

        The raw files are read once. What the pass over them makes of each line is kept, in memory or on disk; the
        checks and the fingerprint are of the same pass, and every later step reads the few columns that it needs.

        Raises:
            DataError: the raw data is not what the model was built for.
        """
        if not destination.endswith("/"):
            raise DataError(f"destination must end with /, got {destination}")
        with settings(spark, STEP_BY_STEP):
            raw = read_raw(spark, self.table, source, encoding)
            rows = self._rows(raw).cache()
        try:
            return self._run(spark, raw, rows, destination)
        finally:
            rows.unpersist()

    def _run(self, spark: SparkSession, raw: Raw, rows: DataFrame, destination: str) -> dict[str, Any]:
        with settings(spark, IN_ONE_PASS):
            seen = rows.agg(F.count(F.lit(1)).alias(_LINES), *fingerprint.sums()).collect()[0]
        raw_rows: int = seen["_rows"]
        if not raw_rows or raw_rows < seen[_LINES]:
            with settings(spark, STEP_BY_STEP):
                refuse(raw, self.checks(raw.encoding))
            raise DataError("the raw data changed while it was read; start a new run")
        labelled = self.labelled(rows)
        # At once: a job that waits for its plan or its last task leaves the cores to the other one.
        with ThreadPoolExecutor() as pool:
            reading = pool.submit(first_days, labelled, self.categories, day=self.day)
            days = read_days(labelled, day=self.day, label=self.label)
            first = reading.result()
        split = self.split([day.first for day in days])
        parts = summarize(days, split, label=self.label)
        words = vocabulary(first, self.categories, until=split.validation)
        # Lines are sorted by texts, and only sorted lines get codes.
        coded = {f"{name}_code": name for name in words}
        code = codes(words)
        output = Output(
            frame=self.enriched(labelled),
            day=self.day,
            order=tuple(dict.fromkeys((*self.order, *(coded.get(name, name) for name in self.features)))),
            cells=tuple(code.get(name, F.col(name)).alias(name) for name in (self.label, *self.features)),
            lines=self.lines() if self.lines else None,
        )
        counts = {name: part.rows for name, part in parts.items()}
        golden_request, golden_label = write_parts(output, split, counts, destination)
        report = {
            "fingerprint": fingerprint.digest(seen),
            "skipped": {"count": len(raw.skipped), "first": raw.skipped[:MAX_SKIPPED_SHOWN]},
            "rows": {"raw": raw_rows, **counts, "without_label": raw_rows - sum(counts.values())},
            "label": label_report(self.label, parts, binary=self.binary),
            "features": list(self.features),
            **({"categories": words} if self.categories else {}),
            "time_range": {name: [str(part.first), str(part.last)] for name, part in parts.items()},
            "golden_request": golden_request,
            "golden_label": golden_label,
        }
        write_report(spark, report, destination)
        return report

    def _rows(self, raw: Raw) -> DataFrame:
        """What is kept of each line; a bad one is known by its missing `fingerprint.words`."""
        bad = is_bad(self.table, [self.cell_checks(), self.row_checks()])
        return raw.frame.select(
            *[column.alias(name) for name, column in self.cells().items()],
            *fingerprint.words(self.table.columns, text=F.col(PLAIN), counts=~bad),
        )
