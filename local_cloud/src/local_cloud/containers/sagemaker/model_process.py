"""A process that holds models: a broken one can crash or hang it, and leaves the container running."""

import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import model_worker, patience
from local_cloud.containers.sagemaker.programs import Answer, RefusedError

# Forks from a process that has imported everything and has no threads yet.
_context = multiprocessing.get_context("forkserver")


class BrokenModelError(ValueError):
    """An artifact is no model, or crashes what loads it."""


class WorkerDiedError(RuntimeError):
    """A model ended its process, or did not answer in time."""


class Worker:
    """A process that holds models, and takes one order at a time: whoever gives orders takes turns.

    Args:
        module: the family's, which loads models.
        memory_bytes: how much they may take.
        is_own: whether one model has it for itself.
        seconds: how long a model may take to answer; None for what the container has.
        load_seconds: how long it may take to load one; None for the same.
    """

    def __init__(
        self,
        module: str,
        *,
        memory_bytes: int,
        is_own: bool,
        seconds: float | None = None,
        load_seconds: float | None = None,
    ) -> None:
        self._seconds = seconds or patience.seconds()
        self._load_seconds = load_seconds or patience.seconds()
        self._connection, theirs = _context.Pipe()
        order = (theirs, module, memory_bytes, is_own, dict(os.environ))
        self._process = _context.Process(target=model_worker.serve, args=order, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    def load(self, name: str, folder: Path) -> int:
        """Load a model; tells how many bytes it takes.

        Args:
            name: by which it is asked.
            folder: of the artifact.

        Raises:
            BrokenModelError: the artifact is no model.
            WorkerDiedError: it crashes what loads it, or hangs.
        """
        self._send(["load", name, str(folder)])
        word, told = self._receive(self._load_seconds)
        if word != "loaded":
            raise BrokenModelError(str(told))
        return int(told)

    def unload(self, name: str) -> None:
        """Forget a model.

        Raises:
            WorkerDiedError: it crashes or hangs even then.
        """
        self._send(["unload", name])
        self._receive()

    def answer(self, name: str, body: bytes, *, content_type: str, accept: str) -> tuple[Answer, int]:
        """Ask a model; tells how many bytes it takes now too, 0 for as many as before.

        Raises:
            RefusedError: the request is not what the model takes.
            WorkerDiedError: it crashed, or hangs.
        """
        self._send(["answer", name, content_type, accept], body)
        word, told = self._receive()
        if word != "answered":
            refused_with, text = told
            raise RefusedError(int(refused_with), str(text))
        answered_with, taken = told
        return Answer(body=self._receive_bytes(), content_type=str(answered_with)), int(taken)

    def is_running(self) -> bool:
        """False when a model ended it."""
        return self._process.is_alive()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._connection.close()

    def _send(self, order: list[str], body: bytes | None = None) -> None:
        try:
            self._connection.send_bytes(json.dumps(order).encode())
            if body is not None:
                self._connection.send_bytes(body)
        except OSError as error:
            raise self._died() from error

    def _receive(self, seconds: float | None = None) -> tuple[str, Any]:
        # JSON, because what a broken model makes of its process must not be unpickled here.
        data = self._receive_bytes(seconds)
        try:
            word, told = json.loads(data)
        except ValueError as error:
            raise self._died() from error
        return str(word), told

    def _receive_bytes(self, seconds: float | None = None) -> bytes:
        patience = self._seconds if seconds is None else seconds
        try:
            if self._connection.poll(patience):
                return self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died() from error
        self.stop()
        raise WorkerDiedError(f"the model did not answer within {patience:g} seconds and was stopped")

    def _died(self) -> WorkerDiedError:
        self.stop()
        return WorkerDiedError(f"the model ended its process, exit code {self._process.exitcode}")


def warm_up(module: str) -> bool:
    """Start what workers are forked from, so that the first model need not wait for it.

    Tells whether several models of the family may lie in one process: its module's ``shares_process``.

    Args:
        module: the family's, which loads models; it is imported there already.
    """
    # What a program imports, multiprocessing would import into every process that it forks, before the order comes.
    program = getattr(sys.modules["__main__"], "__spec__", None)
    _context.set_forkserver_preload([model_worker.__name__, module, *([program.name] if program else [])])
    ours, theirs = _context.Pipe()
    process = _context.Process(target=model_worker.tell_sharing, args=(theirs, module), daemon=True)
    process.start()
    theirs.close()
    with ours:
        _, shares = json.loads(ours.recv_bytes())
    process.join()
    return bool(shares)
