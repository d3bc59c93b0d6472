import io
import json
from collections.abc import Iterator

import boto3
import pytest
from rich.console import Console
from typing_extensions import override

from perennial import commands, history
from perennial.aws import Aws, Execution, Stack
from perennial.errors import OperatorError
from perennial.history import History
from tests.unit.perennial.events import START, Events

STACK = Stack(bucket="b", state_machine_arn="m", schedule_group="g", endpoint="perennial-sandbox", table="t")
VERSION = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-flight-delay/4"
SUCCESS = {
    "model_package_arn": VERSION,
    "training_job": "job-4",
    "metric": "validation:accuracy",
    "value": "0.9185",
    "threshold": "0.9",
    "fingerprint": "f1",
    "execution": "e1",
    "recorded_at": "2026-01-01T00:00:05.106Z",
}


class Recorded(Aws):
    """Two models: one serves and found nothing new last time, the other one failed at its gate."""

    def __init__(self) -> None:
        super().__init__(boto3.Session(region_name="us-east-1"))
        self._executions = {
            "e3": self._execution("e3", "rain-tomorrow", error="ModelAccuracyTooLow", cause="0.73 is too low"),
            "e2": self._execution("e2", "flight-delay", output={"outcome": "nothing new"}),
            "e1": self._execution("e1", "flight-delay", output={"outcome": "deployed"}),
        }

    @staticmethod
    def _execution(
        arn: str, model: str, *, output: dict[str, str] | None = None, error: str = "", cause: str = ""
    ) -> Execution:
        return Execution(
            arn=arn,
            status="FAILED" if error else "SUCCEEDED",
            started_at=START,
            stopped_at=START,
            input=json.dumps({"model": model}),
            output=json.dumps(output) if output else "",
            error=error,
            cause=cause,
        )

    @override
    def executions(self, state_machine_arn: str) -> Iterator[str]:
        yield from self._executions

    @override
    def execution(self, arn: str) -> Execution:
        return self._executions[arn]

    @override
    def start(self, state_machine_arn: str, *, payload: str) -> str:
        wanted = json.loads(payload)["model"]
        return next(arn for arn, found in self._executions.items() if json.loads(found.input)["model"] == wanted)

    @override
    def history(self, execution_arn: str) -> History:
        events = Events()
        events.task("Train")
        events.add("ExecutionSucceeded")
        return history.parse(events.events)

    @override
    def definition(self, execution_arn: str) -> tuple[str, str]:
        return "machine", json.dumps({"StartAt": "Train", "States": {"Train": {"Type": "Pass", "End": True}}})

    @override
    def schedules(self, group: str) -> dict[str, str]:
        return {"flight-delay": "rate(1 hour), enabled", "never-ran": "rate(1 day), enabled"}

    @override
    def endpoint(self, name: str) -> dict[str, str] | None:
        return {"EndpointStatus": "InService"}

    @override
    def item(self, table: str, key: str) -> dict[str, str] | None:
        return SUCCESS if key == "model#flight-delay" else None


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def _lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_status_has_a_line_for_every_model(console: Console) -> None:
    commands.status(Recorded(), STACK, console=console)
    lines = _lines(console)
    assert lines[0] == "endpoint perennial-sandbox: InService"
    assert "flight-delay nothing new 2026-01-01 00:00:00 UTC 4 2026-01-01 00:00:05 UTC rate(1 hour), enabled" in lines
    assert "never-ran never none rate(1 day), enabled" in lines
    assert "rain-tomorrow gate failed 2026-01-01 00:00:00 UTC none none" in lines


def test_why_tells_the_last_decision_and_what_serves(console: Console) -> None:
    commands.why(Recorded(), STACK, model="flight-delay", console=console)
    lines = _lines(console)
    assert lines[0] == "last run nothing new"
    assert "serves version 4, since 2026-01-01 00:00:05 UTC" in lines
    assert "because validation:accuracy 0.9185 was greater than 0.9" in lines
    assert "on data fingerprint f1" in lines


def test_why_tells_what_the_gate_said(console: Console) -> None:
    commands.why(Recorded(), STACK, model="rain-tomorrow", console=console)
    assert _lines(console)[0] == "last run gate failed: ModelAccuracyTooLow: 0.73 is too low"
    assert _lines(console)[-1] == "serves no version yet"


def test_why_of_a_model_that_never_ran_is_an_error(console: Console) -> None:
    with pytest.raises(OperatorError, match="no run of 'never-ran'"):
        commands.why(Recorded(), STACK, model="never-ran", console=console)


@pytest.mark.parametrize(("model", "succeeded"), [("flight-delay", True), ("rain-tomorrow", False)])
def test_run_tells_whether_the_execution_succeeded(model: str, succeeded: bool, console: Console) -> None:
    assert commands.run(Recorded(), STACK, model=model, console=console) is succeeded
