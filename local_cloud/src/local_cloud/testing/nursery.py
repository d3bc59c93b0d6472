"""Servers for tests, forked from a process that has imported everything: a fresh one costs next to nothing.

Most of a server's start is imports. The nursery is one process that has done them; whatever starts a local cloud while
the environment names its socket gets a fork of it, with the command line, environment and log that a new process would
have. What is forked has served nothing yet; only the images of containers, which never change, are of all of them. See
docs/decisions/0061-servers-of-tests.md.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local_cloud.kernel import source
from local_cloud.kernel.forked import WARM_IMAGES
from local_cloud.kernel.interpreters import SHARED
from local_cloud.kernel.spawning import NURSERY

_LONGEST_ORDER = 1 << 20
# Services that servers call for their jobs and functions.
_CALLED = ("dynamodb", "iam", "lambda", "logs", "s3", "sagemaker", "sns", "sqs", "stepfunctions", "sts")
_WARM_IMAGE = Path(__file__).with_name("warm_image.py")
# Backends that most tests ask; what is missing here is only imported later, by the server that needs it.
_WARM = (
    "moto.server",
    "moto.moto_server.werkzeug_app",
    "moto.backends",
    *(
        f"moto.{service}.{module}"
        for service in (
            "applicationautoscaling",
            "awslambda",
            "cloudformation",
            "cloudwatch",
            "dynamodb",
            "ec2",
            "ecr",
            "events",
            "glue",
            "iam",
            "kms",
            "logs",
            "s3",
            "sagemaker",
            "scheduler",
            "secretsmanager",
            "sns",
            "sqs",
            "ssm",
            "stepfunctions",
            "sts",
        )
        for module in ("models", "responses", "urls")
    ),
)


@contextlib.contextmanager
def open_nursery() -> Iterator[None]:
    """Everything that starts a local cloud within, here or in a child, gets a fork.

    Raises:
        RuntimeError: the nursery ended before it listened.
    """
    folder = Path(tempfile.mkdtemp(prefix="nursery-"))
    address = folder / "socket"
    shared = {NURSERY: str(address), WARM_IMAGES: str(address), SHARED: str(folder / "images")}
    # Its standard input is a pipe that nobody writes to: it ends when this process does, however that happens.
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(address)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(source.ROOT), os.environ.get("PYTHONPATH", "")])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101  # a pipe was asked for
    assert process.stdout is not None  # noqa: S101  # as above
    try:
        if not process.stdout.readline():
            raise RuntimeError(f"the nursery ended with exit code {process.wait()} before it listened")
        os.environ |= shared
        yield
    finally:
        for name in shared:
            os.environ.pop(name, None)
        process.stdin.close()
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Import everything, then answer orders until standard input ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        # Whoever asks before all is imported waits for its answer.
        print("listening", flush=True)  # noqa: T201  # what `open_nursery` waits for
        _warm_up()
        # A server that ends is gone: nobody waits for it.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _answer(listener)


def _warm_up() -> None:
    # moto reads it when it is imported; a server sets the same.
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    from local_cloud import cloudformation, faults, moto_patches, services

    ours = [
        module.name
        for package in (services, cloudformation, faults, moto_patches)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    for name in ("local_cloud.kernel.server", *ours, *_WARM):
        # Some of moto's services have no module of one of the names.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    _read_models()
    gc.freeze()


def _read_models() -> None:
    """Of the services that a server calls for its jobs and functions."""
    from local_cloud.kernel import sdk

    for service in _CALLED:
        sdk.loader().load_service_model(service, "service-2")


def _answer(listener: socket.socket) -> None:
    images = _WarmImages(Path(sys.argv[1]).parent)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        client, _ = listener.accept()
        with client, client.makefile("rb") as lines:
            # Files would come with the first line, which is empty.
            lines.readline(_LONGEST_ORDER)
            text = lines.readline(_LONGEST_ORDER)
            if not text:
                # Whoever asked is gone.
                continue
            order = json.loads(text)
            if "image" in order:
                answer = images.address(Path(order["image"]), order["environment"])
            else:
                pid = os.fork()
                if not pid:
                    listener.close()
                    _become(order)
                answer = str(pid)
            with contextlib.suppress(OSError):
                client.sendall(f"{answer}\n".encode())


class _WarmImages:
    """A process for each image that was asked for; each ends with the pipe that is its standard input.

    Args:
        folder: for copies of the images and for the sockets.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def address(self, image: Path, environment: Mapping[str, str]) -> str:
        """Where one listens.

        Args:
            image: folder of the virtual environment, whose name tells its content.
            environment: of the process, beside what all have.
        """
        name = "-".join([image.name, *environment.values()])
        address = self._folder / f"{name}.socket"
        if name not in self._processes:
            copy = self._folder / "images" / image.name
            if not copy.exists():
                # A server that was given no folder for all has its own, and may be gone before those that use it.
                shutil.copytree(image, copy, symlinks=True)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(address))
                listener.listen()
                self._processes[name] = subprocess.Popen(
                    [str(copy / "bin" / "python"), "-P", str(_WARM_IMAGE), str(listener.fileno())],
                    env={"PATH": os.environ.get("PATH", os.defpath), **environment},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[listener.fileno()],
                    start_new_session=True,
                )
        return str(address)


def _become(order: dict[str, Any]) -> None:
    """The forked process, from here to its end."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null, log = (
            os.open(os.devnull, os.O_RDONLY),
            os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        )
        for target, found in ((0, null), (1, log), (2, log)):
            os.dup2(found, target)
        os.closerange(3, 256)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        from moto.moto_api._internal import mock_random

        from local_cloud.__main__ import main as command

        # Python's own generators are seeded anew after a fork, moto's is not.
        mock_random.seed()
        sys.argv = ["local_cloud", *order["arguments"]]
        code = command()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
