import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from perennial.account import history_table
from perennial.account.history_table import Decision, HistoryError, HistoryRow

ITEM: dict[str, Any] = {
    "pk": "decision#flight-delay",
    "sk": "2026-11-21T08:00:00Z#run",
    "recorded_at": "2026-11-21T08:00:00Z",
    "tuning_job": "flight-delay-0a1b2c",
    "metric": "validation:auc",
    "objective": 0.9312,
    "trial_count": 12,
    "eval_metric": "auc",
    "eval_value": 0.9275,
    "outcome": "accepted",
}


def test_an_item_of_the_table_is_a_row() -> None:
    assert history_table.from_item(ITEM) == HistoryRow(
        recorded_at=datetime(2026, 11, 21, 8, tzinfo=UTC),
        tuning_job="flight-delay-0a1b2c",
        metric="validation:auc",
        objective=0.9312,
        eval_metric="auc",
        eval_value=0.9275,
        trial_count=12,
        outcome=Decision.ACCEPTED,
    )


def test_a_model_without_tuning_has_no_objective() -> None:
    bare = {name: ITEM[name] for name in ("recorded_at", "eval_metric", "eval_value", "outcome")}

    row = history_table.from_item(bare)

    assert (row.tuning_job, row.metric, row.objective, row.trial_count) == (None, None, None, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("recorded_at", "yesterday"),
        ("recorded_at", None),
        ("eval_value", "high"),
        ("trial_count", "many"),
        ("outcome", "deployed"),
    ],
)
def test_another_item_is_refused_and_shown(column: str, value: str | None) -> None:
    with pytest.raises(HistoryError, match="no row of the history") as raised:
        history_table.from_item({**ITEM, column: value})

    assert repr(value) in str(raised.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(HistoryError, match="'outcome'"):
        history_table.from_item({name: value for name, value in ITEM.items() if name != "outcome"})


def test_csv_has_the_columns_oldest_first_in_utc() -> None:
    later = history_table.from_item(ITEM)
    cet = timezone(timedelta(hours=1))
    earlier = HistoryRow(
        recorded_at=datetime(2026, 11, 20, 0, 30, tzinfo=cet),
        tuning_job=None,
        metric=None,
        objective=None,
        eval_metric="accuracy",
        eval_value=None,
        trial_count=None,
        outcome=Decision.REJECTED,
    )

    text = history_table.to_csv([later, earlier])

    assert text == (
        "datetime,tuning_job,metric,objective,eval_metric,eval_value,trial_count,outcome\n"
        "2026-11-19T23:30:00+00:00,,,,accuracy,,,rejected\n"
        "2026-11-21T08:00:00+00:00,flight-delay-0a1b2c,validation:auc,0.9312,auc,0.9275,12,accepted\n"
    )


def test_csv_keeps_every_digit() -> None:
    row = history_table.from_item({**ITEM, "eval_value": 0.1 + 0.2})

    (read,) = csv.DictReader(io.StringIO(history_table.to_csv([row])))

    assert float(read["eval_value"]) == 0.1 + 0.2


def test_csv_of_nothing_is_its_header() -> None:
    assert history_table.to_csv([]).splitlines() == [
        "datetime,tuning_job,metric,objective,eval_metric,eval_value,trial_count,outcome"
    ]
