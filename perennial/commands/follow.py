"""``perennial follow``: watch an execution until it ends."""

import argparse

from rich.console import Console

from perennial.commands import following
from perennial.commands.place import reach_execution


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("execution_arn")


def perform(options: argparse.Namespace, console: Console) -> bool:
    """Do it; tells whether the execution succeeded."""
    return following.follow(reach_execution(options), options.execution_arn, console=console)
