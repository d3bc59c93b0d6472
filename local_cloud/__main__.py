"""``python -m local_cloud serve``: run the local cloud in the foreground."""

import argparse
from pathlib import Path

from local_cloud.server import serve
from local_cloud.settings import Settings


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="run in the foreground")
    command.add_argument("--state-dir", type=Path, default=Path(".local-cloud"))
    command.add_argument("--port", type=int, default=5600)
    command.add_argument("--time-scale", type=float, default=1.0)
    arguments = parser.parse_args()
    serve(Settings(state_dir=arguments.state_dir.resolve(), port=arguments.port, time_scale=arguments.time_scale))


if __name__ == "__main__":
    main()
