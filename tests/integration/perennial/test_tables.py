"""What `status`, `versions` and `history` show on 80 columns, with the longest names that the configuration allows."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from config.loader import load
from contract.family import BEFORE
from contract.golden import Golden
from contract.history import Kind
from perennial.account import records, serving
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands import history, status
from perennial.commands import versions as listing
from tests.integration.perennial.conftest import MODEL

# SageMaker's limits: 32 characters for a tuning job, 63 for a training job.
_TUNING, _TRAINING = "t" * 32, "j" * 63
_ROW: dict[str, Any] = {
    "recorded_at": "2026-01-02T00:00:00.123Z",
    "tuning_job": _TUNING,
    "training_job": _TRAINING,
    "metric": "validation:ndcg",
    "objective": Decimal("0.9"),
    "eval_metric": "error_std",
    "eval_value": Decimal("0.91"),
    "outcome": "rejected",
    "threshold": Decimal("0.85"),
    "trial_count": 750,
    "reason": "error_std is 0.91, which is above the threshold 0.85 and worse than the champion's by more than 0.01",
    "warm_start": {"type": "TransferLearning", "parents": [f"{number}{_TUNING[1:]}" for number in range(5)]},
    "champion": "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-flight-delay/1234",
    "champion_value": Decimal("0.8"),
    "difference": {"value": Decimal("0.1101"), "interval": [Decimal("0.0101"), Decimal("0.2101")]},
}


@pytest.fixture
def recorded(aws: Aws, versions: list[str]) -> list[str]:
    """A row of every kind."""
    for kind in history.KINDS:
        records.append(aws, "history", kind=kind, subject=MODEL, moment="20260102000000", values=_ROW)
    return versions


def _status(aws: Aws, stack: Stack, console: Console) -> None:
    (model, *_) = load().models
    schedule = model.schedule.model_copy(update={"expression": "cron(0/15 8-17 ? JAN-DEC MON-FRI *)", "enabled": False})
    longest = model.model_copy(update={"name": "m" * 24, "schedule": schedule})
    waiting = model.model_copy(update={"name": MODEL})
    status.show(aws, stack, models=[longest, waiting], console=console)


def _versions(aws: Aws, stack: Stack, console: Console) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/perennial-{MODEL}/2"
    served = serving.Served(
        arn=arn, digest="", golden=Golden(request="", answer=0), family=BEFORE, uri="", endpoint="e"
    )
    everywhere = {f"twelve-chars-{name}": serving.Serving(status="InService", models={MODEL: served}) for name in "abc"}
    listing.show(aws, stack, model=MODEL, servings=everywhere, console=console)


def _history(kind: Kind | None) -> Callable[[Aws, Stack, Console], None]:
    def show(aws: Aws, stack: Stack, console: Console) -> None:
        history.show(aws, stack, model=MODEL, kind=kind, as_csv=False, console=console)

    return show


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("show", [_status, _versions, *map(_history, (None, *history.KINDS))])
def test_no_word_is_lost_on_80_columns(show: Callable[[Aws, Stack, Console], None], aws: Aws, stack: Stack) -> None:
    wide, narrow = Console(file=io.StringIO(), width=10_000), Console(file=io.StringIO(), width=80)
    for console in (wide, narrow):
        show(aws, stack, console)

    assert isinstance(wide.file, io.StringIO)
    assert isinstance(narrow.file, io.StringIO)
    assert set(wide.file.getvalue().split()) <= set(narrow.file.getvalue().split())
    assert max(map(cell_len, narrow.file.getvalue().splitlines())) <= 80
