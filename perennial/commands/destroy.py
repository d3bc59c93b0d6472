"""``perennial destroy``: remove what deployments made at run time, before ``cdk destroy``."""

import argparse

from rich.console import Console

from perennial.account import cleanup, retained
from perennial.commands import confirmation
from perennial.commands.place import reach


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--yes", action="store_true", help="do not ask; outside of a local cloud only together with --account"
    )
    parser.add_argument("--account", metavar="ID", help="the account that is meant; any other one is refused")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    found = cleanup.find(aws, stack)
    for kind, name in found:
        console.print(f"{kind:<16}{name}", soft_wrap=True)
    for item in retained.will_stay(aws, stack.name):
        console.print(f"stays: {item.type} {item.name}", soft_wrap=True)
    console.print(
        f"what stays costs, and its names are taken: before {stack.name} is deployed here again, "
        "run `adopt`, or delete the buckets",
        soft_wrap=True,
    )
    confirmation.by(options, account_id=options.account).of_removal(f"remove these {len(found)} things")
    for kind, name in cleanup.destroy(aws, stack):
        console.print(f"removed {kind} {name}", soft_wrap=True)
    console.print(
        f"run `cdk destroy {stack.name}` within a week; until then nothing deploys here, unless `deploy` says so",
        style="bold",
        soft_wrap=True,
    )
