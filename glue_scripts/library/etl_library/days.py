"""What the days of labelled rows tell: how rows are split by time, and what the label is like in each part."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.errors import DataError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Day:
    """The label on one day, or in several.

    Args:
        first: the day.
        last: the same, or the last of several.
        rows: with a label.
        mean: of the label.
        squares: sum of the squared differences from the mean.
        low: least value.
        high: greatest value.
    """

    first: date
    last: date
    rows: int
    mean: float
    squares: float
    low: float
    high: float

    @property
    def std(self) -> float:
        """Standard deviation of the population."""
        return math.sqrt(self.squares / self.rows)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Whole days in time order, so that no day is in two parts.

    Args:
        validation: its first day; train is everything before.
        test: its first day.
    """

    validation: date
    test: date

    def part(self, day: date) -> str:
        """Where a day belongs."""
        return "test" if day >= self.test else "validation" if day >= self.validation else "train"

    def rows(self, frame: DataFrame, day: str, part: str) -> DataFrame:
        """Rows of one part.

        Args:
            frame: all rows.
            day: column with the date.
            part: one of SPLITS.
        """
        column = F.col(day)
        return {
            "train": frame.where(column < F.lit(self.validation)),
            "validation": frame.where((column >= F.lit(self.validation)) & (column < F.lit(self.test))),
            "test": frame.where(column >= F.lit(self.test)),
        }[part]


def read_days(frame: DataFrame, *, day: str, label: str) -> list[Day]:
    """All days of the rows, in order; one pass that needs two columns."""
    value = F.col(label).cast("double")
    found = frame.groupBy(day).agg(
        F.count(F.lit(1)).alias("rows"),
        F.mean(value).alias("mean"),
        F.var_pop(value).alias("variance"),
        F.min(value).alias("low"),
        F.max(value).alias("high"),
    )
    return sorted(
        (
            Day(
                first=row[day],
                last=row[day],
                rows=row["rows"],
                mean=row["mean"],
                squares=row["variance"] * row["rows"],
                low=row["low"],
                high=row["high"],
            )
            for row in found.collect()
        ),
        key=lambda found: found.first,
    )


def split_by_share(days: Sequence[date], share: int) -> Split:
    """Validation and test are one of so many days each.

    Args:
        days: in time order.
        share: 8 for an eighth.

    Raises:
        DataError: fewer days than parts.
    """
    held_out = round(len(days) / share)
    if held_out == 0 or len(days) <= 2 * held_out:
        # With fewer, half a day rounds to none.
        raise DataError(f"{len(days)} days have labels; a split by time needs at least {share // 2 + 1}")
    return Split(validation=days[-2 * held_out], test=days[-held_out])


def summarize(days: Sequence[Day], split: Split, *, label: str) -> dict[str, Day]:
    """The label in each part.

    Args:
        days: in time order.
        split: of them.
        label: for messages.

    Raises:
        DataError: the label has one value in a part.
    """
    found = {name: _joined([day for day in days if split.part(day.first) == name]) for name in SPLITS}
    for name, part in found.items():
        if part.low == part.high:
            raise DataError(f"label {label}: all {part.rows} rows of {name} have the one value {part.low:g}")
    return found


def _joined(days: Sequence[Day]) -> Day:
    rows = sum(day.rows for day in days)
    mean = math.fsum(day.mean * day.rows for day in days) / rows
    # https://en.wikipedia.org/wiki/Algorithms_for_calculating_variance#Parallel_algorithm
    between = math.fsum(day.rows * (day.mean - mean) ** 2 for day in days)
    return Day(
        first=days[0].first,
        last=days[-1].last,
        rows=rows,
        mean=mean,
        squares=math.fsum(day.squares for day in days) + between,
        low=min(day.low for day in days),
        high=max(day.high for day in days),
    )


def label_report(name: str, parts: dict[str, Day], *, binary: bool) -> dict[str, Any]:
    """What report.json tells of the label: the share of ones, or mean and standard deviation."""

    def each(value: str) -> dict[str, float]:
        return {part: round(getattr(found, value), 6) for part, found in parts.items()}

    return {
        "name": name,
        **({"positive_share": each("mean")} if binary else {"mean": each("mean"), "std": each("std")}),
    }
