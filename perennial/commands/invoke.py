"""``perennial invoke``: ask the endpoint about one CSV line of features."""

import argparse

from rich.console import Console

from contract.manifest import target_model
from perennial.commands.place import reach


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    parser.add_argument("line")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    answer = aws.invoke(stack.endpoint, target_model=target_model(options.model), body=options.line)
    console.print(answer, markup=False)
