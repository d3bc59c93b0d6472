"""Commands that start an execution and follow it, against moto's state machines; what those do is told here."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console
from typing_extensions import override

from contract import keys
from perennial.account import cleanup, records
from perennial.account.aws import Aws
from perennial.account.execution import Execution
from perennial.account.history import History, parse
from perennial.account.stack import Stack
from perennial.commands import deploy, following, run
from perennial.errors import Interrupted, OperatorError
from tests.unit.perennial.events import START, Events

LEASE = keys.ENDPOINT_LEASE.of("perennial-sandbox")


class Recorded(Aws):
    """Every execution ends at once, as told."""

    def tell(
        self,
        *,
        output: Mapping[str, Any] | None = None,
        error: str = "",
        cause: str = "",
        order: Mapping[str, Any] | None = None,
    ) -> None:
        self.orders: list[tuple[str, dict[str, Any]]] = []
        self.end = Execution(
            arn="arn:execution",
            status="FAILED" if error else "SUCCEEDED",
            started_at=START,
            stopped_at=START,
            input=json.dumps(order or {}),
            output=json.dumps(output) if output else "",
            error=error,
            cause=cause,
        )

    @override
    def start(self, state_machine_arn: str, *, payload: str) -> str:
        self.orders.append((state_machine_arn, json.loads(payload)))
        return "arn:execution"

    @override
    def execution(self, arn: str) -> Execution:
        return self.end

    @override
    def history(self, execution_arn: str) -> History:
        events = Events()
        events.task("Train")
        events.add("ExecutionSucceeded")
        return parse(events.events)

    @override
    def newest_event(self, execution_arn: str) -> int:
        return 1

    @override
    def definition(self, execution_arn: str) -> tuple[str, str]:
        return "machine", json.dumps({"StartAt": "Train", "States": {"Train": {"Type": "Pass", "End": True}}})


@pytest.fixture
def recorded(aws: Aws) -> Recorded:
    return Recorded(aws._session)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def _printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _last(console: Console) -> str:
    return _printed(console).splitlines()[-1]


@pytest.mark.parametrize(
    ("force", "test_run", "order"),
    [
        (False, False, {"model": "a"}),
        (True, False, {"model": "a", "force": True}),
        (False, True, {"model": "a", "test_run": True}),
    ],
)
def test_a_run_is_started_as_ordered(
    force: bool, test_run: bool, order: dict[str, Any], recorded: Recorded, stack: Stack, console: Console
) -> None:
    recorded.tell(output={"outcome": "nothing new"})
    assert run.run(recorded, stack, model="a", force=force, test_run=test_run, console=console)
    assert recorded.orders == [(stack.training, order)]
    assert _last(console) == "nothing new"


def test_a_run_that_fails_tells_why(recorded: Recorded, stack: Stack, console: Console) -> None:
    recorded.tell(error="ModelAccuracyTooLow", cause="0.73 is too low")
    assert not run.run(recorded, stack, model="a", force=False, test_run=False, console=console)
    assert _last(console) == "gate failed: ModelAccuracyTooLow: 0.73 is too low"


def test_a_job_that_fails_is_told_in_one_line_with_the_command_that_shows_its_log(
    recorded: Recorded, stack: Stack, console: Console
) -> None:
    cause = {"JobRunState": "FAILED", "Id": "jr_1", "ErrorMessage": "no .csv file under s3://b/raw/a/", "Timeout": 30}
    recorded.tell(error="States.TaskFailed", cause=json.dumps(cause))
    assert not run.run(recorded, stack, model="a", force=False, test_run=False, console=console)
    assert isinstance(console.file, io.StringIO)
    *_, told, log = console.file.getvalue().splitlines()
    assert told == "failed: States.TaskFailed: no .csv file under s3://b/raw/a/"
    assert log == "its log: `python -m perennial log arn:execution`"


def test_a_deployment_tells_what_changed_and_who_asked(recorded: Recorded, stack: Stack, console: Console) -> None:
    recorded.tell(output={"outcome": "restored", "changes": {"b": "none -> 1", "a": "2 -> 1"}})
    assert deploy.deploy(recorded, stack, force=True, models=[], console=console)
    assert recorded.orders == [
        (stack.deployment_arn, {"reason": f"by hand, {recorded.identity()}", "force": True}),
    ]
    assert _last(console) == "restored: a 2 -> 1, b none -> 1"


def test_a_deployment_by_hand_ends_the_rest_after_destroy(recorded: Recorded, stack: Stack, console: Console) -> None:
    list(cleanup.destroy(recorded, stack))
    recorded.tell(output={"outcome": "deployed"})
    deploy.deploy(recorded, stack, force=False, models=[], console=console)
    assert (records.state(recorded, "state", LEASE) or {})["expires_at"] == 0
    assert "force" not in recorded.orders[0][1]


def test_what_waits_for_a_person_names_the_next_command(recorded: Recorded, stack: Stack, console: Console) -> None:
    waiting = {"outcome": "registered", "version": 2, "approval_status": "PendingManualApproval", "reason": "auc 0.9"}
    recorded.tell(output=waiting, order={"model": "a"})
    assert run.run(recorded, stack, model="a", force=False, test_run=False, console=console)
    assert _last(console) == "next: `python -m perennial approve a 2`, or `reject a 2`"
    recorded.tell(output={**waiting, "approval_status": "Approved"}, order={"model": "a"})
    assert run.run(recorded, stack, model="a", force=False, test_run=False, console=console)
    assert _last(console) == "registered version 2, Approved: auc 0.9"


def test_whoever_stops_watching_hears_that_the_execution_goes_on(
    recorded: Recorded, stack: Stack, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: str) -> History:
        raise KeyboardInterrupt

    recorded.tell()
    monkeypatch.setattr(recorded, "history", interrupt)
    with pytest.raises(Interrupted) as told:
        deploy.deploy(recorded, stack, force=False, models=[], console=console)
    assert str(told.value).splitlines() == [
        "interrupted; the execution goes on: arn:execution",
        "watch it with `python -m perennial follow arn:execution`",
        "stop it with `aws stepfunctions stop-execution --execution-arn arn:execution`",
    ]


def test_an_execution_is_watched_again(recorded: Recorded, console: Console) -> None:
    recorded.tell(error="States.Timeout", cause="too slow")
    assert not following.follow(recorded, "arn:execution", console=console)
    assert "Train" in _printed(console)
    assert _last(console) == "failed: States.Timeout: too slow"
    assert recorded.orders == []


def test_a_stack_that_only_serves_retrains_nothing(recorded: Recorded, stack: Stack, console: Console) -> None:
    serving = Stack(**{**vars(stack), "name": "PerennialQa", "retraining_arn": None})
    recorded.tell()
    with pytest.raises(OperatorError, match="stack PerennialQa only serves"):
        run.run(recorded, serving, model="a", force=False, test_run=False, console=console)
    assert recorded.orders == []
