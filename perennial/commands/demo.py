"""``perennial demo``: the whole story on this machine, in a fresh local cloud."""

import argparse

from rich.console import Console

from perennial.account.cdk import checkout
from perennial.demo import story


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    story.run(root=checkout(), port=options.port, console=console)
