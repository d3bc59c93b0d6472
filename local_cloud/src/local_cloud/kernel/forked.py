"""Processes of containers that are forked from one that has imported their image's packages; only tests keep such ones.

`local_cloud.testing.nursery` says how. Without it, or for a program that is none of an image's Python, nothing is
forked.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_cloud.kernel import opt_ml

# Path of the socket that tells where a warm process of an image listens.
WARM_IMAGES = "LOCAL_CLOUD_WARM_IMAGES"
# Read once, when a library is loaded: a warm process is of one value.
_READ_AT_LOAD = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY")
_PYTHON = ("python", "python3")


class Forked:
    """What `subprocess.Popen` offers, of a process that is the child of another one.

    Args:
        argv: its command.
        pid: of it.
        channel: gives its return code, and ends.
    """

    def __init__(self, argv: Sequence[str], pid: int, channel: socket.socket) -> None:
        self.pid, self.returncode = pid, -signal.SIGKILL
        self._argv, self._channel, self._lock, self._is_over = list(argv), channel, threading.Lock(), False

    def poll(self) -> int | None:
        """Its return code, None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its return code.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self._argv, timeout or 0.0)
        return code

    def _look(self, seconds: float | None) -> int | None:
        if not self._is_over:
            ready = select.poll()
            ready.register(self._channel, select.POLLIN)
            if not ready.poll(None if seconds is None else max(seconds, 0) * 1000):
                return None
            with self._lock:
                if not self._is_over:
                    # Without a word the warm process is gone, and its children with it.
                    text = line(self._channel)
                    self.returncode = int(text) if text else -signal.SIGKILL
                    self._is_over = True
        return self.returncode


def start(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    log: int,
    stdin: int | None,
    own: Path | None = None,
) -> Forked | None:
    """Fork a program of an image's Python, None where none is kept warm.

    Args:
        argv: the command.
        environment: all of it.
        cwd: working directory.
        log: file descriptor of its output.
        stdin: file descriptor, None for nothing to read.
        own: a folder that it has as its /opt/ml.
    """
    nursery = os.environ.get(WARM_IMAGES)
    image = _image(argv, environment) if nursery else None
    if nursery is None or image is None:
        return None
    early = {name: environment[name] for name in _READ_AT_LOAD if name in environment}
    with ask(nursery, {"image": str(image), "environment": early}) as channel:
        address = line(channel)
    order: dict[str, Any] = {"argv": list(argv[1:]), "environment": dict(environment), "folder": str(cwd)}
    if own is not None:
        order["own"] = [str(opt_ml.PROGRAM), str(own)]
    channel = ask(address, order, files=[log] if stdin is None else [log, stdin])
    return Forked(argv, int(line(channel)), channel)


def _image(argv: Sequence[str], environment: Mapping[str, str]) -> Path | None:
    """Folder of the image whose Python runs a module or a file."""
    program = shutil.which(argv[0], path=environment.get("PATH"))
    if program is None or Path(program).name not in _PYTHON or len(argv) == 1:
        return None
    folder = Path(program).parents[1]
    rest = argv[2:] if argv[1] == "-P" else argv[1:]
    is_file = bool(rest) and rest[0].endswith(".py")
    is_module = len(rest) > 1 and rest[0] == "-m"
    return folder if folder.parent.name == "images" and (is_file or is_module) else None


def ask(address: str, order: Mapping[str, Any], *, files: Sequence[int] = ()) -> socket.socket:
    """Give an order to whoever listens at an address; its answers are lines."""
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(address)
    # The files come with the first byte.
    socket.send_fds(channel, [b"\n"], files)
    channel.sendall(json.dumps(order).encode() + b"\n")
    return channel


def line(channel: socket.socket) -> str:
    """The next answer to an order, empty when there is none any more."""
    text = bytearray()
    while not text.endswith(b"\n") and (chunk := channel.recv(1)):
        text += chunk
    return text.decode().strip()
