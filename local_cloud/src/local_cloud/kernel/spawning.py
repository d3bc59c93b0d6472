"""Makes the process of a server: a new one, or a fork of what `local_cloud.testing.nursery` keeps ready."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_cloud.kernel import forked, source

# Path of a nursery's socket.
NURSERY = "LOCAL_CLOUD_NURSERY"
# Every thread that answers a request would get a heap of its own, from which nothing goes back.
# https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}


def spawn(arguments: Sequence[str], *, log: Path) -> int:
    """Run ``python -m local_cloud <arguments>`` in a session of its own; returns the process's id.

    Args:
        arguments: of the command.
        log: gets what the process writes.
    """
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT), **_MEMORY}
    if address := environment.pop(NURSERY, None):
        return _fork(address, arguments, environment=environment, log=log)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_cloud", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process.pid


def _fork(address: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path) -> int:
    order = {"arguments": list(arguments), "environment": dict(environment), "log": str(log), "folder": str(Path.cwd())}
    with forked.ask(address, order) as channel:
        return int(forked.line(channel))
