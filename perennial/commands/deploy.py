"""``perennial deploy``: deploy what is approved to the stack's endpoints now."""

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from config.loader import load
from config.schema import Model
from perennial.account import cleanup, outlook, serving
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.commands import confirmation, following
from perennial.commands.place import reach


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--model", help="only to the endpoint of this model; default: to all endpoints of the account")
    parser.add_argument("--force", action="store_true", help="also try versions whose last deployment failed")
    parser.add_argument("--yes", action="store_true", help="do not ask about --force outside of a local cloud")


def perform(options: argparse.Namespace, console: Console) -> bool:
    """Do it; tells whether the deployment succeeded."""
    aws, stack = reach(options)
    if options.force:
        where = f"the endpoint of {options.model}" if options.model else ", ".join(serving.names(aws, stack))
        confirmation.by(options).of(f"deploy to {where} also what failed there")
    return deploy(aws, stack, force=options.force, model=options.model, models=load().models, console=console)


def deploy(
    aws: Aws,
    stack: Stack,
    *,
    force: bool,
    models: Sequence[Model],
    console: Console,
    model: str | None = None,
) -> bool:
    """Start a deployment and follow it; tells whether it succeeded.

    Args:
        aws: the account of the endpoints.
        stack: its stack.
        force: also try what failed its last deployment.
        models: as they are configured here, which may differ from what is deployed.
        console: where to show it.
        model: only to the endpoint of this one; None for all endpoints.
    """
    for warning in outlook.warnings(aws, stack, serving.fleet(aws, stack), models=models):
        console.print(warning, style="yellow", soft_wrap=True, markup=False)
    cleanup.allow_deployments(aws, stack)
    order: dict[str, Any] = {"reason": f"by hand, {aws.identity()}"}
    order |= ({"model": model} if model else {}) | ({"force": True} if force else {})
    return following.start(aws, stack.deployment_arn, order, console=console)
