"""``perennial adopt``: begin a stack with what the last one of its name left when it was destroyed."""

import argparse

from rich.console import Console

from config.loader import load
from perennial.account import retained
from perennial.account.cdk import Cdk, checkout, own_identity
from perennial.account.connection import connect
from perennial.commands.place import announce


def add_arguments(_: argparse.ArgumentParser) -> None:
    """It takes nothing."""


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    root = checkout()
    aws = connect(load().accounts.region)
    account_id = announce(aws).account_id
    folder = root / "out"
    kept = retained.adopt(
        aws,
        options.stack,
        cdk=Cdk(root=root, environment=own_identity(), log=folder / f"adopt-{account_id}.log"),
        mapping=folder / f"{options.stack}-{account_id}.json",
    )
    for item in kept:
        console.print(f"adopted {item.type} {item.name}", soft_wrap=True)
    console.print(
        f"{options.stack} is these {len(kept)} resources; now run `cdk deploy {options.stack}`, then `deploy`",
        style="bold",
        soft_wrap=True,
    )
