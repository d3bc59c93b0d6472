"""``perennial picture``: draw the way an execution took as SVG."""

import argparse
from pathlib import Path

from rich.console import Console

from perennial.account import facts
from perennial.commands.place import reach_execution
from perennial.drawing import picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("execution_arn")
    parser.add_argument("--output", type=Path, default=Path("out/state-machine.svg"), help="default: %(default)s")


def perform(options: argparse.Namespace, console: Console) -> None:
    """Do it."""
    svg = picture.of(facts.run(reach_execution(options), options.execution_arn))
    target: Path = options.output
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg, encoding="utf-8")
    console.print(str(target))
