"""``python -m perennial``: the operator's command line."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import boto3
from rich.console import Console

from perennial import aws as adapter
from perennial import commands, demo
from perennial.aws import Aws
from perennial.datasets import DatasetError
from perennial.errors import OperatorError

_ROOT = Path(__file__).parents[1]
_PIPE_WIDTH = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    if not console.is_terminal:
        # A pipe has no width; a table cut at 80 columns helps nobody.
        console.width = _PIPE_WIDTH
    try:
        return _run(options, console)
    except (OperatorError, DatasetError, *adapter.FAILURES) as error:
        Console(stderr=True, highlight=False).print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        return 1


def _run(options: argparse.Namespace, console: Console) -> int:
    if options.command == "demo":
        demo.run(root=_ROOT, port=options.port, console=console)
        return 0
    aws = Aws(boto3.Session(region_name=options.region), endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
    if options.command == "picture":
        commands.picture(aws, execution_arn=options.execution_arn, target=options.output)
        console.print(str(options.output))
        return 0
    stack = aws.stack(options.stack)
    if options.command == "run":
        return 0 if commands.run(aws, stack, model=options.model, console=console) else 1
    if options.command == "status":
        commands.status(aws, stack, console=console)
    elif options.command == "why":
        commands.why(aws, stack, model=options.model, console=console)
    else:
        console.print(commands.invoke(aws, stack, model=options.model, line=options.line), markup=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m perennial", description="Start, watch and explain retraining.")
    parser.add_argument("--stack", default=demo.STACK_NAME, help="training stack (default: %(default)s)")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", demo.REGION), help="default: %(default)s")
    commands_ = parser.add_subparsers(dest="command", required=True)
    command = commands_.add_parser("demo", help="the whole story on this machine, in a fresh local cloud")
    command.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")
    command = commands_.add_parser("run", help="retrain a model now and follow the run")
    command.add_argument("model")
    commands_.add_parser("status", help="last run, serving version and schedule of every model")
    command = commands_.add_parser("why", help="the last decision about a model")
    command.add_argument("model")
    command = commands_.add_parser("picture", help="draw the way an execution took as SVG")
    command.add_argument("execution_arn")
    command.add_argument("--output", type=Path, default=Path("out/state-machine.svg"), help="default: %(default)s")
    command = commands_.add_parser("invoke", help="ask the endpoint about one CSV line of features")
    command.add_argument("model")
    command.add_argument("line")
    return parser
