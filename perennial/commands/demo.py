"""``perennial demo``: the whole story on this machine, in a fresh local cloud; or how code gets promoted."""

import argparse

from rich.console import Console

from perennial.account.cdk import checkout
from perennial.demo import promotion, ready, story
from perennial.errors import Interrupted, OperatorError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--port", type=int, default=5600, help="port of the local cloud (default: %(default)s)")
    parser.add_argument("--promotion", action="store_true", help="how code reaches prod, instead of how models do")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    root, tell = checkout(), promotion.run if options.promotion else story.run
    for problem in ready.of_port(options.port, state_dir=str(root / ready.STATE_DIR)):
        raise OperatorError(problem)
    try:
        tell(root=root, port=options.port, console=console)
    except KeyboardInterrupt as error:
        raise Interrupted(f"interrupted; the local cloud on {ready.STATE_DIR} goes on, `make stop` ends it") from error
