"""``perennial demo``: the whole story in a fresh local cloud on this machine; how code is promoted; or all families."""

import argparse

from rich.console import Console

from perennial.account.cdk import checkout
from perennial.demo import families, promotion, ready, story
from perennial.errors import Interrupted, OperatorError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--promotion", action="store_true", help="how code reaches prod, instead of how models do")
    other.add_argument("--families", action="store_true", help="a model of each family, from data to answers")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    root, tell = checkout(), story.run
    if options.promotion or options.families:
        tell = promotion.run if options.promotion else families.run
    for problem in ready.of_port(options.port, state_dir=str(root / ready.STATE_DIR)):
        raise OperatorError(problem)
    try:
        tell(root=root, port=options.port, console=console)
    except KeyboardInterrupt as error:
        raise Interrupted(f"interrupted; the local cloud on {ready.STATE_DIR} goes on, `make stop` ends it") from error
