"""What the demo needs of a machine, looked at before anything is installed or started.

``python -m perennial.demo.ready --port 5600`` needs no package, and any Python that can still say that it is too old.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import socket
import sys
import urllib.request
from collections.abc import Iterator, Sequence

# A folder of its own, so that the demo may forget everything in it.
STATE_DIR = ".local-cloud-demo"
_OLDEST = (3, 11)
_LOOPBACK = "127.0.0.1"


def of_python(version: Sequence[int] = tuple(sys.version_info[:2]), *, venv: str = "ensurepip") -> Iterator[str]:
    """Tell what is missing to install everything, a sentence each.

    Args:
        version: of this Python.
        venv: the module without which it makes no virtual environments.
    """
    if tuple(version[:2]) < _OLDEST:
        found = ".".join(map(str, version[:2]))
        yield f"python 3.11 or newer is needed, got {found}; install it, or name it: `make demo PYTHON=python3.12`"
    if importlib.util.find_spec(venv) is None:
        yield "this Python makes no virtual environments; install its venv package, such as python3.11-venv"


def of_port(port: int, *, state_dir: str) -> Iterator[str]:
    """Tell what keeps the demo's local cloud from listening, a sentence each.

    Args:
        port: where it is to listen.
        state_dir: its folder; what already runs on it will give its port up.
    """
    if _is_free(port):
        return
    other = f"choose another one: `make demo PORT={port + 1}`"
    holder = _state_dir_behind(port)
    if holder is None:
        yield f"port {port} is taken; {other}"
    elif os.path.realpath(holder) != os.path.realpath(state_dir):
        yield f"port {port} is taken by the local cloud on {holder}, which the demo leaves alone; {other}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: what was closed a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True


def _state_dir_behind(port: int) -> str | None:
    """State folder of the local cloud that listens on a port, None when something else does."""
    # No proxy stands between a machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{_LOOPBACK}:{port}/_local/health", timeout=5) as answer:
            return str(json.loads(answer.read())["state_dir"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main() -> int:
    """Print what is missing; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m perennial.demo.ready", description="Can the demo run on this machine?"
    )
    parser.add_argument("--port", type=int, required=True, help="where its local cloud is to listen")
    port: int = parser.parse_args().port
    found = [*of_python(), *of_port(port, state_dir=STATE_DIR)]
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)  # noqa: T201  # the command's answer
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
