"""``python -m local_cloud``: serve, start, stop, status, env and reset a local cloud."""

import argparse
import sys
from pathlib import Path

from local_cloud import lifecycle
from local_cloud.errors import LocalCloudError
from local_cloud.settings import Settings

_DEFAULT_STATE = Path(".local-cloud")


def main() -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args()
    state_dir: Path = arguments.state_dir.resolve()
    try:
        if arguments.command in {"serve", "start"}:
            _run(arguments, state_dir)
        elif arguments.command == "reset":
            lifecycle.reset(state_dir)
        else:
            return _ask(arguments, state_dir)
    except LocalCloudError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # the command's answer
        return 1
    return 0


def _run(arguments: argparse.Namespace, state_dir: Path) -> None:
    settings = Settings(
        state_dir=state_dir,
        port=arguments.port,
        time_scale=arguments.time_scale,
        enforce_iam=not arguments.no_iam,
    )
    if arguments.command == "serve":
        from local_cloud.server import serve

        serve(settings)
    else:
        print(f"the local cloud answers at {lifecycle.start(settings).endpoint_url}")  # noqa: T201  # the command's answer


def _ask(arguments: argparse.Namespace, state_dir: Path) -> int:
    running = lifecycle.find(state_dir)
    if running is None:
        print(f"no local cloud runs on {state_dir}")  # noqa: T201  # the command's answer
        return 0 if arguments.command == "stop" else 1
    if arguments.command == "stop":
        running.stop()
        print("stopped")  # noqa: T201  # the command's answer
    elif arguments.command == "status":
        clock = running.control("clock")
        print(f"answers at {running.endpoint_url}, process {running.pid}, its clock shows {clock['now']}")  # noqa: T201  # the command's answer
    else:
        for name, value in running.environment(arguments.account).items():
            print(f"export {name}={value}")  # noqa: T201  # the command's answer
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_cloud", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "serve": "run in the foreground",
        "start": "run in the background",
        "stop": "stop the server and all of its jobs",
        "status": "say where it answers",
        "env": "print the variables that point AWS clients at it",
        "reset": "stop it and forget everything",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--state-dir", type=Path, default=_DEFAULT_STATE)
        if name in {"serve", "start"}:
            command.add_argument("--port", type=int, default=5600)
            command.add_argument("--time-scale", type=float, default=1.0, help="virtual seconds per real second")
            command.add_argument("--no-iam", action="store_true", help="let every role do everything")
        if name == "env":
            command.add_argument("--account", default="111111111111", help="whose root the variables name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
