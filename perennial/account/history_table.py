"""A model's history of tuning, evaluation and decision as rows, and as a CSV file for people and spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from perennial.errors import OperatorError

_Value = TypeVar("_Value")
COLUMNS = ("datetime", "tuning_job", "metric", "objective", "eval_metric", "eval_value", "trial_count", "outcome")


class HistoryError(OperatorError):
    """The history holds something that is no row of it."""


class Decision(StrEnum):
    """What the gate said."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """One retraining run that reached the gate.

    Args:
        recorded_at: when, with a zone.
        tuning_job: its name, None for a model that was trained without tuning.
        metric: what the tuning job optimised, None without tuning or when nobody recorded it.
        objective: the best trial's value of that metric.
        eval_metric: what the gate compares.
        eval_value: the candidate's value of it on the held-out split, None when it could not be measured.
        trial_count: trials of the tuning job.
        outcome: the decision.
    """

    recorded_at: datetime
    tuning_job: str | None
    metric: str | None
    objective: float | None
    eval_metric: str
    eval_value: float | None
    trial_count: int | None
    outcome: Decision


def from_item(item: Mapping[str, Any]) -> HistoryRow:
    """Read an item of the history table.

    Raises:
        HistoryError: a column is missing or holds something else.
    """
    try:
        recorded_at = datetime.fromisoformat(item["recorded_at"])
        return HistoryRow(
            recorded_at=recorded_at if recorded_at.tzinfo else recorded_at.replace(tzinfo=UTC),
            tuning_job=item.get("tuning_job"),
            metric=item.get("metric"),
            objective=_maybe(float, item.get("objective")),
            eval_metric=str(item["eval_metric"]),
            eval_value=_maybe(float, item.get("eval_value")),
            trial_count=_maybe(int, item.get("trial_count")),
            outcome=Decision(item["outcome"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise HistoryError(f"no row of the history: {dict(item)!r} ({type(error).__name__}: {error})") from error


def to_csv(rows: Iterable[HistoryRow]) -> str:
    """Write rows as CSV with a header, oldest first; what is absent is an empty field, moments are UTC in ISO 8601."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda row: row.recorded_at):
        writer.writerow(
            (
                row.recorded_at.astimezone(UTC).isoformat(timespec="seconds"),
                row.tuning_job,
                row.metric,
                row.objective,
                row.eval_metric,
                row.eval_value,
                row.trial_count,
                row.outcome,
            )
        )
    return out.getvalue()


def _maybe(kind: Callable[[Any], _Value], value: Any) -> _Value | None:
    return None if value is None else kind(value)
