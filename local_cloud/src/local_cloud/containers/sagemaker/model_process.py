"""One loaded model in a process of its own: a broken model file can crash or hang XGBoost, and takes no other along.

AWS's multi-model server has a worker process for each model too:
https://github.com/awslabs/multi-model-server/blob/master/docs/README.md
"""

import json
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker.cells import DataError

# Before whoever asked gives up after the minute that SageMaker gives a container.
_SECONDS = 55.0
# Forks from a process that has imported everything and has no threads yet.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["local_cloud.containers.sagemaker.model_worker"])


class BrokenModelError(ValueError):
    """A file is no model, or crashes what loads it."""


class WorkerDiedError(RuntimeError):
    """A model ended its process, or did not answer in time."""


class Worker:
    """A process that holds a model and takes one request at a time.

    Args:
        path: the model's file.
        memory_bytes: how much it may take.
        seconds: how long it may take to load the model, or to answer.

    Raises:
        BrokenModelError: the file is no model, or crashes what loads it.
    """

    def __init__(self, path: Path, *, memory_bytes: int, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._connection, theirs = _context.Pipe()
        self._process = _context.Process(target=_serve_in_child, args=(theirs, str(path), memory_bytes), daemon=True)
        self._process.start()
        theirs.close()
        try:
            status, answer = self._receive()
        except WorkerDiedError as error:
            raise BrokenModelError(f"{path.name} cannot be loaded: {error}") from error
        if status != "loaded":
            self.stop()
            raise BrokenModelError(f"{path.name} is no model in XGBoost's own format: {answer}")

    def predict(self, body: str, content_type: str) -> list[float]:
        """One prediction a row.

        Raises:
            DataError: the body is not what the model takes.
            WorkerDiedError: the model crashed, or hangs.
        """
        try:
            self._connection.send_bytes(json.dumps([body, content_type]).encode())
        except OSError as error:
            raise self._died() from error
        status, answer = self._receive()
        if status != "predicted":
            raise DataError(answer)
        return [float(value) for value in answer]

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
        try:
            if self._connection.poll(self._seconds):
                status, answer = json.loads(self._connection.recv_bytes())
                return str(status), answer
        except (EOFError, OSError, ValueError) as error:
            raise self._died() from error
        self.stop()
        raise WorkerDiedError(f"the model did not answer within {self._seconds:g} seconds and was stopped")

    def _died(self) -> WorkerDiedError:
        self.stop()
        return WorkerDiedError(f"the model ended its process, exit code {self._process.exitcode}")


def warm_up() -> None:
    """Start what workers are forked from, so that the first model need not wait for it."""
    process = _context.Process(target=int, daemon=True)
    process.start()
    process.join()


def _serve_in_child(connection: Connection, path: str, memory_bytes: int) -> None:
    # Imported where it is needed: the container itself does without XGBoost.
    from local_cloud.containers.sagemaker import model_worker

    model_worker.serve(connection, path, memory_bytes)
