"""The files that training, validation and test read."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame, DataFrameWriter

from etl_library.days import SPLITS, Day, Split
from etl_library.errors import DataError

# Of a file at most: one task sorts and writes it, so that more rows are more files and more tasks.
FILE_ROWS = 400_000


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines in place of CSV, one column of texts each.

    Args:
        trained: of the parts train and validation.
        held_out: of the part test.
        request: what a client sends of such a row.
    """

    trained: Column
    held_out: Column
    request: Column


@dataclass(frozen=True, kw_only=True)
class Output:
    """How rows become lines.

    Args:
        frame: labelled rows with all columns below.
        day: column with the date.
        order: columns by which lines are sorted; only equal lines may be equal in all of them.
        cells: label and features, in the order of the CSV files.
        lines: written in their place; None for CSV.
    """

    frame: DataFrame
    day: str
    order: tuple[str, ...]
    cells: tuple[Column, ...]
    lines: Lines | None = None


def count_rows(days: Sequence[Day], split: Split) -> dict[str, int]:
    """Rows in each part."""
    return {name: sum(day.rows for day in days if split.part(day.first) == name) for name in SPLITS}


def write_parts(output: Output, split: Split, counts: Mapping[str, int], destination: str) -> tuple[str, Any]:
    """Write ``train/``, ``validation/`` and ``test/`` as SageMaker takes CSV: no header, label first, in time order.

    The lines of all files of a part, taken in the order of the files' names, are the same in every run.

    Args:
        output: the rows.
        split: of them.
        counts: how many there are in each part.
        destination: ends with a slash.

    Returns:
        what a client sends of the first row of the test part, and its label.

    Raises:
        DataError: the test part has no rows.
    """

    def write(name: str) -> Callable[[], None]:
        rows = split.rows(output.frame, output.day, name)
        return lambda: _write(rows, output, name, count=counts[name], folder=f"{destination}{name}/")

    # At once: a job that waits for its last task leaves the others' cores to the next one.
    with ThreadPoolExecutor() as pool:
        written = [pool.submit(write(name)) for name in SPLITS]
        golden = pool.submit(_first, split.rows(output.frame, output.day, "test"), output, count=counts["test"])
        for job in written:
            job.result()
        return golden.result()


def _write(rows: DataFrame, output: Output, part: str, *, count: int, folder: str) -> None:
    files = _files(count)
    # Spark names the files in the order of the ranges.
    spread = rows.coalesce(1) if files == 1 else rows.repartitionByRange(files, *output.order)
    ordered = spread.sortWithinPartitions(*output.order)
    if output.lines is not None:
        line = output.lines.held_out if part == "test" else output.lines.trained
        _writer(ordered.select(line.alias("value"))).mode("overwrite").text(folder)
        return
    writer = _writer(ordered.select(*output.cells))
    # A quotation mark inside of quotes is doubled, as RFC 4180 and those who read the files have it.
    writer.csv(folder, mode="overwrite", header=False, escape='"')


def _writer(rows: DataFrame) -> DataFrameWriter:
    # No _SUCCESS beside the parts: training would take it for a part.
    return rows.write.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")


def _first(rows: DataFrame, output: Output, *, count: int) -> tuple[str, Any]:
    # No more tasks than files: most of those that read the rows have none of this part.
    request = () if output.lines is None else (output.lines.request.alias("request"),)
    row = rows.coalesce(_files(count)).orderBy(*output.order).select(*output.cells, *request).head()
    if row is None:
        raise DataError("the test part has no rows")
    if request:
        return row["request"], row[0]
    return csv_line(row[1:]), row[0]


def csv_line(cells: Iterable[Any]) -> str:
    """A row as a client sends it: nothing for a missing value, texts in quotes where they need them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow("" if cell is None else str(cell) for cell in cells)
    return line.getvalue()


def _files(count: int) -> int:
    return max(1, -(-count // FILE_ROWS))
