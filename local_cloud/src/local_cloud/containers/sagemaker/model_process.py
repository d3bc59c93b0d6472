"""One loaded model in a process of its own: a broken model can crash or hang what loads it, and takes no other along.

AWS's multi-model server has a worker process for each model too:
https://github.com/awslabs/multi-model-server/blob/master/docs/README.md
"""

import json
import multiprocessing
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import model_worker
from local_cloud.containers.sagemaker.programs import Answer, RefusedError

# Before whoever asked gives up after the minute that SageMaker gives a container.
_SECONDS = 55.0
# Forks from a process that has imported everything and has no threads yet.
_context = multiprocessing.get_context("forkserver")


class BrokenModelError(ValueError):
    """An artifact is no model, or crashes what loads it."""


class WorkerDiedError(RuntimeError):
    """A model ended its process, or did not answer in time."""


class Worker:
    """A process that holds a model and takes one request at a time.

    Args:
        module: the family's, which loads the model.
        folder: of the artifact.
        memory_bytes: how much it may take.
        seconds: how long it may take to load the model, or to answer.

    Raises:
        BrokenModelError: the artifact is no model, or crashes what loads it.
    """

    def __init__(self, module: str, folder: Path, *, memory_bytes: int, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._connection, theirs = _context.Pipe()
        order = (theirs, module, str(folder), memory_bytes)
        self._process = _context.Process(target=model_worker.serve, args=order, daemon=True)
        self._process.start()
        theirs.close()
        try:
            status, told = self._receive()
        except WorkerDiedError as error:
            raise BrokenModelError(f"the artifact cannot be loaded: {error}") from error
        if status != "loaded":
            self.stop()
            raise BrokenModelError(str(told))

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask the model.

        Raises:
            RefusedError: the request is not what the model takes.
            WorkerDiedError: the model crashed, or hangs.
        """
        try:
            self._connection.send_bytes(json.dumps([content_type, accept]).encode())
            self._connection.send_bytes(body)
        except OSError as error:
            raise self._died() from error
        status, told = self._receive()
        if status != "answered":
            refused_with, text = told
            raise RefusedError(int(refused_with), str(text))
        return Answer(body=self._receive_bytes(), content_type=str(told))

    def is_running(self) -> bool:
        """False when the model died."""
        return self._process.is_alive()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._connection.close()

    def _receive(self) -> tuple[str, Any]:
        # JSON, because what a broken model makes of its process must not be unpickled here.
        data = self._receive_bytes()
        try:
            status, told = json.loads(data)
        except ValueError as error:
            raise self._died() from error
        return str(status), told

    def _receive_bytes(self) -> bytes:
        try:
            if self._connection.poll(self._seconds):
                return self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died() from error
        self.stop()
        raise WorkerDiedError(f"the model did not answer within {self._seconds:g} seconds and was stopped")

    def _died(self) -> WorkerDiedError:
        self.stop()
        return WorkerDiedError(f"the model ended its process, exit code {self._process.exitcode}")


def warm_up(module: str) -> None:
    """Start what workers are forked from, so that the first model need not wait for it.

    Args:
        module: the family's, which loads models; it is imported there already.
    """
    _context.set_forkserver_preload([model_worker.__name__, module])
    process = _context.Process(target=int, daemon=True)
    process.start()
    process.join()
