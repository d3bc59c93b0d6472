"""``perennial demo``: the whole story on this machine, in a fresh local cloud."""

import argparse
from pathlib import Path

from rich.console import Console

from perennial.demo import story

_ROOT = Path(__file__).parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    story.run(root=_ROOT, port=options.port, console=console)
