"""``perennial deploy``: deploy what is approved to the stack's endpoint now."""

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
    parser.add_argument("--force", action="store_true", help="also try versions whose last deployment failed")
    parser.add_argument("--yes", action="store_true", help="do not ask about --force outside of a local cloud")


def perform(options: argparse.Namespace, console: Console) -> bool:
    """Do it; tells whether the deployment succeeded."""
    aws, stack = reach(options)
    if options.force:
        confirmation.by(options).of(f"deploy to {stack.endpoint} also what failed there")
    return deploy(aws, stack, force=options.force, models=load().models, console=console)


def deploy(aws: Aws, stack: Stack, *, force: bool, models: Sequence[Model], console: Console) -> bool:
    """Start a deployment to the stack's endpoint and follow it; tells whether it succeeded.

    Args:
        aws: the account of the endpoint.
        stack: its stack.
        force: also try what failed its last deployment.
        models: as they are configured here, which may differ from what is deployed.
        console: where to show it.
    """
    for warning in outlook.warnings(aws, stack, serving.read(aws, stack), models=models):
        console.print(warning, style="yellow", soft_wrap=True, markup=False)
    cleanup.allow_deployments(aws, stack)
    order: dict[str, Any] = {"reason": f"by hand, {aws.identity()}"}
    return following.start(aws, stack.deployment_arn, {**order, "force": True} if force else order, console=console)
