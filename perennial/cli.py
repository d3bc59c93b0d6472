"""The operator's command line; what a command takes and does is in its module of `perennial.commands`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from config.errors import ConfigError
from contract.names import STACK_NAMES, TRAINING
from perennial.errors import Interrupted, OperatorError
from perennial.screen.asides import aside

# A pipe has no width: a table is as wide as it has to be.
_PIPE_WIDTH = 10_000
_INTERRUPTED = 130
# What `--help` says of each, in the order of a model's life.
COMMANDS = {
    "demo": "the whole story on this machine, in a fresh local cloud",
    "bootstrap": "prepare the account of your credentials for deployments, and limit them to the app",
    "run": "retrain a model now and follow the run",
    "deploy": "deploy what is approved to the stack's endpoints now, and follow it",
    "status": "the endpoints, what they serve, and how every model is doing",
    "why": "which version of a model serves in this account, and why",
    "versions": "registered versions of a model, and where they serve",
    "approve": "let a version serve",
    "reject": "take a version back; the one before serves",
    "history": "what was tuned, measured and decided",
    "follow": "watch an execution until it ends",
    "picture": "draw the way an execution took as SVG",
    "log": "the last lines of the log of the job that failed an execution",
    "invoke": "ask a model's endpoint about the features of one row",
    "transform": "let the approved version of a model answer files in S3",
    "smoke": "prove that the stack's endpoints serve: ask every model, compare with its evaluation",
    "destroy": "remove what deployments made at run time, before `cdk destroy`",
    "adopt": "begin a stack with what the last one of its name left when it was destroyed, before `cdk deploy`",
}
# Where a module is named otherwise than its command.
_MODULES = {"approve": "decide", "reject": "decide"}


class Command(Protocol):
    """What a module of `perennial.commands` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes besides --stack and --region."""

    def perform(self, options: argparse.Namespace, console: Console) -> bool | None:
        """Do it; False when what was asked for failed."""


class _Parser(argparse.ArgumentParser):
    """Of one command. Its module is imported when it is asked for: what only others need costs seconds."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        name = self.prog.rpartition(" ")[2]
        command = module(name)
        command.add_arguments(self)
        self.set_defaults(perform=command.perform)
        return super().parse_known_args(args, namespace)


def module(name: str) -> Command:
    """Import what does a command."""
    found: Any = import_module(f"perennial.commands.{_MODULES.get(name, name)}")
    command: Command = found
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    try:
        return 1 if options.perform(options, console) is False else 0
    except (OperatorError, ConfigError, ClientError, BotoCoreError) as error:
        # Of AWS's errors those that nothing turned into an OperatorError: permissions, throttling, lost connections.
        aside(f"error: {error}", style="red")
        return 1
    except (Interrupted, KeyboardInterrupt) as error:
        aside(str(error) or "interrupted", style="yellow")
        return _INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Of the whole command line."""
    found = argparse.ArgumentParser(
        prog="perennial" if Path(sys.argv[0]).name == "perennial" else "python -m perennial",
        description="Start, watch, decide about and explain retraining and deployment.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted (Ctrl-C).",
    )
    shared = argparse.ArgumentParser(add_help=False)
    # Before and after the command; the one after it wins.
    for group, suppressed in ((found, False), (shared, True)):
        default = argparse.SUPPRESS if suppressed else STACK_NAMES[TRAINING]
        region = argparse.SUPPRESS if suppressed else os.environ.get("AWS_REGION")
        group.add_argument("--stack", default=default, help=f"default: {STACK_NAMES[TRAINING]}")
        group.add_argument(
            "--region", default=region, help="default: AWS_REGION, or that of your profile or the config"
        )
    chosen: Any = found.add_subparsers(dest="command", required=True, metavar="command", parser_class=_Parser)
    for name, help_ in COMMANDS.items():
        chosen.add_parser(name, help=help_, parents=[shared])
    return found
