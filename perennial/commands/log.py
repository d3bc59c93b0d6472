"""``perennial log``: the last lines of the log of the job that failed an execution."""

import argparse

from rich.console import Console

from perennial.account import job_logs
from perennial.account.aws import Aws
from perennial.commands.place import reach_execution


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("execution_arn")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    show(reach_execution(options), execution_arn=options.execution_arn, console=console)


def show(aws: Aws, *, execution_arn: str, console: Console) -> None:
    """Print the last lines of the log.

    Raises:
        OperatorError: the execution did not fail in a job, or the job left no log.
    """
    tail = job_logs.read(aws, execution_arn=execution_arn)
    console.print(f"{tail.group} {tail.stream}", style="dim", soft_wrap=True)
    for line in tail.lines:
        console.print(line, markup=False, emoji=False, soft_wrap=True)
