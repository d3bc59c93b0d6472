"""``perennial run``: retrain a model now."""

import argparse
from typing import Any

from rich.console import Console

from perennial.account import deployed_models
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands import following
from perennial.commands.place import reach


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    parser.add_argument("--force", action="store_true", help="also when the data has not changed")
    parser.add_argument("--test-run", action="store_true", help="one trial at most, and register nothing")


def perform(options: argparse.Namespace, console: Console) -> bool:
    """Do it; tells whether the run succeeded."""
    aws, stack = reach(options)
    deployed_models.check(aws, stack, options.model)
    return run(aws, stack, model=options.model, force=options.force, test_run=options.test_run, console=console)


def run(aws: Aws, stack: Stack, *, model: str, force: bool, test_run: bool, console: Console) -> bool:
    """Start a retraining by hand and follow it; tells whether it succeeded.

    Args:
        aws: the training account.
        stack: its stack.
        model: what to retrain.
        force: also when the data has not changed.
        test_run: one trial at most, and nothing is registered.
        console: where to show it.
    """
    order: dict[str, Any] = {"model": model}
    order.update({name: True for name, wanted in (("force", force), ("test_run", test_run)) if wanted})
    return following.start(aws, stack.training, order, console=console)
