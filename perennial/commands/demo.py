"""``perennial demo``: the whole story on this machine, in a fresh local cloud; or how code gets promoted."""

import argparse

from rich.console import Console

from perennial.account.cdk import checkout
from perennial.demo import promotion, story


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")
    parser.add_argument("--promotion", action="store_true", help="how code reaches prod, instead of how models do")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    tell = promotion.run if options.promotion else story.run
    tell(root=checkout(), port=options.port, console=console)
