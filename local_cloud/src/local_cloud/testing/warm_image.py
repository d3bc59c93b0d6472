"""Imports what the containers of an image import, then forks a process for each order: ``python -P warm_image.py FD``.

Runs in the image's own Python and sees nothing of the local cloud. What it forks has the arguments, environment,
working directory and files of its order, and runs the module or file as Python itself would; the order's socket tells
its process id, and its return code at its end. Ends with its standard input.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

_PACKAGES = (
    "boto3",
    "boto3.dynamodb.conditions",
    "boto3.s3.transfer",
    "concurrent.futures.thread",
    "http.server",
    "multiprocessing.forkserver",
    "multiprocessing.resource_tracker",
    "numpy",
    "pandas",
    "scipy.sparse",
    "sklearn.metrics",
    "xgboost",
)
# What programs of these images make clients of.
_SERVICES = ("cloudwatch", "dynamodb", "s3", "sagemaker", "sagemaker-runtime", "stepfunctions")
_FIRST, _MOST_FILES, _LONGEST_ORDER = 3, 1024, 1 << 22


def main() -> None:
    """Answer orders until standard input ends."""
    for name in _PACKAGES:
        # Each image has some of them.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if "boto3" in sys.modules:
        _read_models()
    # What is here stays: no child's collection has to touch it.
    gc.freeze()
    listener = socket.socket(fileno=int(sys.argv[1]))
    # A child's end wakes the loop below.
    told, tells = socket.socketpair()
    told.setblocking(False)
    tells.setblocking(False)
    signal.set_wakeup_fd(tells.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([listener, sys.stdin, told], [], [])
        if sys.stdin in ready:
            return
        if told in ready:
            told.recv(4096)
            _tell_ends(running)
        if listener in ready:
            channel, _ = listener.accept()
            pid = _fork(channel)
            if pid is None:
                channel.close()
                continue
            running[pid] = channel
            # Whoever asked may be gone.
            with contextlib.suppress(OSError):
                channel.sendall(f"{pid}\n".encode())


def _read_models() -> None:
    """Let botocore read the models of services here, and not in each process for its first client."""
    import boto3  # not every image has it
    from botocore.loaders import JSONFileLoader

    read = functools.cache(JSONFileLoader().load_file)
    JSONFileLoader.load_file = lambda _self, file_path: read(file_path)  # type: ignore[assignment,method-assign]  # for all loaders
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1")  # noqa: S106  # calls nobody
    for service in _SERVICES:
        session.client(service)  # type: ignore[call-overload]  # the service name is not a literal here


def _tell_ends(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as channel, contextlib.suppress(OSError):
            channel.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _fork(channel: socket.socket) -> int | None:
    _, files, _, _ = socket.recv_fds(channel, 1, 2)
    with channel.makefile("rb") as lines:
        text = lines.readline(_LONGEST_ORDER)
    if not text:
        # Whoever asked is gone.
        return None
    order = json.loads(text)
    leads, leading = os.pipe()
    pid = os.fork()
    if not pid:
        # Signals go to its group.
        os.setsid()
        os.close(leading)
        _become(order, files)
    os.close(leading)
    os.read(leads, 1)
    for file in (leads, *files):
        os.close(file)
    return pid


def _become(order: dict[str, Any], files: Sequence[int]) -> NoReturn:
    """The forked process, from here to its end."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log, read = files[0], files[1] if len(files) > 1 else os.open(os.devnull, os.O_RDONLY)
        for target, found in ((0, read), (1, log), (2, log)):
            os.dup2(found, target)
        os.closerange(_FIRST, _MOST_FILES)
        if "own" in order:
            program, root = order["own"]
            runpy.run_path(program)["enter"](Path(root))
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        time.tzset()
        sys.stdout, sys.stderr = _writer(1, errors="strict"), _writer(2, errors="backslashreplace")
        if "numpy" in sys.modules:
            # Python's own generators are seeded anew after a fork, this one is not.
            sys.modules["numpy"].random.seed()
        _fork_servers()
        code = _run(order["argv"])
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001  # as Python itself ends
        atexit._run_exitfuncs()  # noqa: SLF001  # as above
    except BaseException:  # noqa: BLE001  # nothing may return to the loop of the process that was forked
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _writer(file: int, *, errors: str) -> TextIO:
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    raw = open(file, "wb", closefd=False, buffering=0 if is_unbuffered else -1)  # noqa: SIM115  # for the whole process
    return io.TextIOWrapper(
        raw,
        encoding="utf-8",
        errors=errors,
        line_buffering=file != 1,
        write_through=is_unbuffered,
    )


def _run(argv: list[str]) -> int:
    """Run ``[-P] -m module`` or ``[-P] file``; gives the exit code."""
    is_safe = argv[0] == "-P"
    command = argv[1:] if is_safe else argv
    extra = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [folder for folder in extra if folder]
    try:
        if command[0] == "-m":
            sys.argv = command[1:]
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = command
            if not is_safe:
                sys.path.insert(0, os.path.dirname(os.path.realpath(command[0])))  # noqa: PTH120  # cheap to import
            runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException:  # noqa: BLE001  # as Python itself does
        traceback.print_exc()
        return 1
    return 0


def _fork_servers() -> None:
    """Let multiprocessing fork its helpers too, in place of a new interpreter that imports all again."""
    from multiprocessing import util  # only a child needs it

    def spawn(_path: str, args: Sequence[str | bytes], passfds: Sequence[int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            kept = sorted({0, 1, 2, *passfds})
            for low, high in zip(kept, [*kept[1:], _MOST_FILES], strict=True):
                os.closerange(low + 1, high)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            text = args[-1]
            exec(text if isinstance(text, str) else text.decode(), {"__name__": "__main__"})  # noqa: S102  # what the new interpreter would run
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        except BaseException:  # noqa: BLE001  # nothing may return to the program that was forked
            traceback.print_exc()
        finally:
            os._exit(code)

    util.spawnv_passfds = spawn  # type: ignore[assignment]


if __name__ == "__main__":
    main()
