"""The log of a failed job, from CloudWatch Logs as moto keeps it."""

import io
import json
import time
from typing import Any

import pytest
from rich.console import Console
from typing_extensions import override

from perennial.account.aws import Aws
from perennial.account.execution import Execution
from perennial.commands import log
from perennial.errors import OperatorError
from tests.unit.perennial.events import START

GLUE = {
    "JobRunState": "FAILED",
    "Id": "jr_1",
    "JobName": "etl",
    "ErrorMessage": "boom",
    "LogGroupName": "/aws-glue/jobs",
}


class _Failed(Aws):
    """An account whose one execution failed."""

    error, cause = "States.TaskFailed", json.dumps(GLUE)

    @override
    def execution(self, arn: str) -> Execution:
        status = "FAILED" if self.error else "SUCCEEDED"
        return Execution(
            arn=arn, status=status, started_at=START, stopped_at=START, input="{}", output="", error=self.error,
            cause=self.cause,
        )  # fmt: skip


@pytest.fixture
def failed(aws: Aws) -> _Failed:
    return _Failed(aws._session)


def _write(aws: Aws, group: str, stream: str, lines: list[str]) -> None:
    client, now = aws.client("logs"), int(time.time() * 1000)
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": now, "message": line} for line in lines]
    client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def _shown(aws: Aws) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    log.show(aws, execution_arn="arn:execution", console=console)
    file: Any = console.file
    return list(file.getvalue().splitlines())


def test_the_last_lines_of_the_job_are_shown_whole(failed: _Failed) -> None:
    lines = [f"line {number} {'x' * 100}" for number in range(250)]
    _write(failed, "/aws-glue/jobs/error", "jr_1", lines)
    assert _shown(failed) == ["/aws-glue/jobs/error jr_1", *lines[-200:]]


def test_without_lines_of_errors_the_output_is_shown(failed: _Failed) -> None:
    _write(failed, "/aws-glue/jobs/output", "jr_1", ["said 10:on:2 [red]"])
    assert _shown(failed) == ["/aws-glue/jobs/output jr_1", "said 10:on:2 [red]"]


def test_groups_of_the_jobs_own_come_first(failed: _Failed) -> None:
    failed.client("glue").create_job(
        Name="etl",
        Role="role",
        Command={"Name": "glueetl"},
        GlueVersion="5.1",
        DefaultArguments={"--custom-logGroup-prefix": "/aws-glue/perennial"},
    )
    _write(failed, "/aws-glue/jobs/error", "jr_1", ["of others"])
    _write(failed, "/aws-glue/perennial/output", "jr_1", ["ours"])
    assert _shown(failed) == ["/aws-glue/perennial/output jr_1", "ours"]


@pytest.mark.parametrize(
    ("error", "cause", "told"),
    [
        ("States.TaskFailed", json.dumps(GLUE), "no lines of jr_1 in /aws-glue/jobs/error or /aws-glue/jobs/output"),
        ("NoRawDataError", json.dumps({"errorMessage": "no file"}), "it ended with NoRawDataError: no file"),
        ("", "", "the execution is SUCCEEDED"),
    ],
)
def test_what_has_no_log_says_so(failed: _Failed, error: str, cause: str, told: str) -> None:
    failed.error, failed.cause = error, cause
    with pytest.raises(OperatorError, match=told):
        _shown(failed)
