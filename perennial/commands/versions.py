"""``perennial versions``: registered versions of a model, and where they serve."""

import argparse
from collections.abc import Mapping

from rich.console import Console

from perennial.account import registry, serving
from perennial.account.aws import Aws
from perennial.account.connection import connect
from perennial.account.serving import Serving
from perennial.account.stack import Stack
from perennial.commands.place import announce, reach
from perennial.screen import colours, wording
from perennial.screen.grid import Grid


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("model")
    parser.add_argument(
        "--also",
        nargs=2,
        action="append",
        default=[],
        metavar=("PROFILE", "STACK"),
        help="look at another account's endpoints too, with the credentials of an AWS profile; may be repeated",
    )


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    aws, stack = reach(options)
    servings = dict(serving.fleet(aws, stack).endpoints)
    for profile, name in options.also:
        other = connect(options.region, profile=profile)
        announce(other)
        found = other.stack(name)
        servings |= serving.fleet(other, found).endpoints
    show(aws, stack, model=options.model, servings=servings, console=console)


def show(aws: Aws, stack: Stack, *, model: str, servings: Mapping[str, Serving], console: Console) -> None:
    """The model's versions, newest first, and where they serve.

    Args:
        aws: the training account.
        stack: its stack.
        model: whose versions.
        servings: what the endpoints serve that can be looked at, by their names.
        console: where to show it.
    """
    table = Grid("version", "status", "metric", "created", "serves at", "digest")
    for version in registry.versions(aws, stack, model=model):
        metadata = version.metadata
        value = wording.number(float(metadata["value"])) if "value" in metadata else ""
        table.add_row(
            str(version.number),
            colours.state(version.status),
            f"{metadata.get('metric', '')} {value}".strip(),
            wording.moment(version.created_at),
            ", ".join(name for name, serving in servings.items() if serving.versions.get(model) == version.arn) or "-",
            metadata.get("digest", "")[:12],
        )
    console.print(table)
