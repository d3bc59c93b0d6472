"""Follows an execution until it ends, as `run`, `deploy` and `follow` do."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from perennial.account import facts, failures
from perennial.account.aws import Aws
from perennial.account.connection import region_of
from perennial.account.execution import Run
from perennial.account.verdict import verdict
from perennial.errors import Interrupted, OperatorError
from perennial.screen import progress

_COMMAND = "python -m perennial"
_TIMEOUT_SECONDS = 24 * 3600.0


def start(aws: Aws, state_machine_arn: str, order: Mapping[str, Any], *, console: Console) -> bool:
    """Start an execution and follow it; tells whether it succeeded.

    Args:
        aws: the account.
        state_machine_arn: what to start.
        order: its input.
        console: where to show it.
    """
    arn = aws.start(state_machine_arn, payload=json.dumps(order))
    console.print(arn, style="dim", soft_wrap=True)
    return follow(aws, arn, console=console)


def follow(aws: Aws, arn: str, *, console: Console) -> bool:
    """Watch an execution until it ends; tells whether it succeeded.

    Args:
        aws: its account.
        arn: the execution's.
        console: where to show it.

    Raises:
        OperatorError: there is no such execution, or it takes too long to watch.
        Interrupted: the operator stops watching.
    """
    try:
        aws.execution(arn)
        progress.follow(aws.followed(arn), console=console, timeout_seconds=_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise OperatorError(f"{error}; it goes on, watch it with `{_COMMAND} follow {arn}`") from error
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"interrupted; the execution goes on: {arn}\n"
            f"watch it with `{_COMMAND} follow {arn}`\n"
            f"stop it with `aws stepfunctions stop-execution {_region(arn)}--execution-arn {arn}`"
        ) from error
    finished = facts.run(aws, arn)
    console.print(Text(verdict(finished), style="bold"), soft_wrap=True)
    for line in _next(finished):
        console.print(line, style="dim", soft_wrap=True)
    return finished.execution.status == "SUCCEEDED"


def _region(arn: str) -> str:
    """The option that leads the AWS CLI to an execution, whatever the shell's own region is."""
    region = region_of(arn)
    return f"--region {region} " if region else ""


def _next(run: Run) -> Iterator[str]:
    """What to do now."""
    if run.outcome == "registered" and run.output["approval_status"] == "PendingManualApproval":
        decided = f"{run.subject} {run.output['version']}"
        yield f"next: `{_COMMAND} approve {decided}`, or `reject {decided}`"
    if failures.log(run.execution.cause):
        yield f"its log: `{_COMMAND} log {run.execution.arn}`"
