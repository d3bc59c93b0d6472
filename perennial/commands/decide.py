"""``perennial approve`` and ``perennial reject``: let a version serve, or take it back."""

import argparse
from collections.abc import Sequence

from rich.console import Console

from config.loader import load
from config.schema import Model
from perennial.account import outlook, registry, serving
from perennial.account.aws import Aws
from perennial.account.registry import Decision
from perennial.account.stack import Stack
from perennial.commands import confirmation
from perennial.commands.place import reach

_REJECT = "reject"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    parser.add_argument("version", type=int)
    parser.add_argument("--reason", default="", help="kept in the registry and in the history")
    if parser.prog.endswith(_REJECT):
        parser.add_argument("--yes", action="store_true", help="do not ask outside of a local cloud")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    rejects = options.command == _REJECT
    if rejects:
        confirmation.by(options).of(f"reject {options.model} version {options.version}")
    decide(
        aws,
        stack,
        model=options.model,
        version=options.version,
        decision=Decision.REJECTED if rejects else Decision.APPROVED,
        reason=options.reason,
        models=load().models,
        console=console,
    )


def decide(
    aws: Aws,
    stack: Stack,
    *,
    model: str,
    version: int,
    decision: Decision,
    reason: str,
    models: Sequence[Model],
    console: Console,
) -> None:
    """Approve or reject a version, and tell what serves then in every account.

    Args:
        aws: the training account.
        stack: its stack.
        model: whose version.
        version: its number.
        decision: what to say about it.
        reason: kept in the registry and in the history.
        models: as they are configured here, which may differ from what is deployed.
        console: where to show it.
    """
    changed = registry.decide(aws, stack, model=model, version=version, decision=decision, reason=reason)
    console.print(f"{model} version {changed.number} is {changed.status}", style="bold", soft_wrap=True)
    served = serving.fleet(aws, stack)
    for environments, words in outlook.of(aws, stack, served, model=model, models=models, decided=changed.arn):
        console.print(f"{environments}: {words}", soft_wrap=True, markup=False)
    console.print(
        "the accounts look within a minute or so; `deploy` follows it, `why` tells the outcome",
        style="dim",
        soft_wrap=True,
    )
