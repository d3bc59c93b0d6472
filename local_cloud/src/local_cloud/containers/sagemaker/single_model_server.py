"""The serving container of every family for one model: ``python -m ...single_model_server <module> <port> <folder>``.

The module is the family's that serves, the folder what the artifact was unpacked to. The contract is that of a serving
container: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import queue
import sys
import threading
from pathlib import Path

from local_cloud.containers.sagemaker import http_interface, inference_toolkit, model_process
from local_cloud.containers.sagemaker.http_interface import Handler
from local_cloud.containers.sagemaker.model_process import BrokenModelError, WorkerDiedError
from local_cloud.containers.sagemaker.programs import Answer
from local_cloud.containers.sagemaker.workers import Workers

# More than the memory of any machine that this runs on: what one model takes is bounded by the machine, as on AWS.
_MEMORY_BYTES = 1 << 40
# Whoever started the container waits for no longer than the configuration says, which is an hour at most:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
_LOAD_SECONDS = 3600.0
_READY, _LOADING, _BROKEN = 200, 503, 500


class SingleModel:
    """The model of a container, in processes of its own that are started again when it ended one.

    Args:
        workers: that hold it.
        folder: of the unpacked artifact.
        count: of the processes.
        seconds: how long a request waits for one of them.
    """

    def __init__(self, workers: Workers, folder: Path, *, count: int, seconds: float) -> None:
        self._workers, self._folder, self._seconds = workers, folder, seconds
        self._names = [f"model {number}" for number in range(count)]
        self._idle: queue.LifoQueue[str] = queue.LifoQueue()
        self.status, self.reason = _LOADING, "the model is being loaded"

    def load(self) -> None:
        """Load it; what comes of it is the container's health."""
        try:
            for name in self._names:
                self._workers.load(name, self._folder)
                self._idle.put(name)
        except BrokenModelError as error:
            self.status, self.reason = _BROKEN, str(error)
        else:
            self.status, self.reason = _READY, ""

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask it.

        Raises:
            RefusedError: the request is not what the model takes.
            BrokenModelError: it cannot be loaded, or is not yet.
            WorkerDiedError: it crashed, hangs, or has other requests that take too long.
        """
        if self.status != _READY:
            raise BrokenModelError(self.reason)
        try:
            name = self._idle.get(timeout=self._seconds)
        except queue.Empty as error:
            raise WorkerDiedError(
                f"the model has other requests that take more than {self._seconds:g} seconds"
            ) from error
        try:
            return self._workers.answer(name, body, content_type=content_type, accept=accept)
        finally:
            self._idle.put(name)


class SingleModelHandler(Handler):
    """The container's HTTP interface."""

    model: SingleModel

    def get(self) -> None:
        """/ping."""
        if self.path == "/ping":
            self.tell(self.model.status, self.model.reason)
        else:
            self.tell(404)

    def post(self, body: bytes) -> None:
        """/invocations."""
        if self.path == "/invocations":
            self.invoke(lambda **asked: self.model.answer(body, **asked))
        else:
            self.tell(404)


def main() -> None:
    """Serve until killed."""
    module, port, folder = sys.argv[1:]
    seconds, count = inference_toolkit.answer_seconds(), inference_toolkit.processes()
    workers = Workers(module, memory_bytes=_MEMORY_BYTES, shares=False, seconds=seconds, load_seconds=_LOAD_SECONDS)
    model = SingleModelHandler.model = SingleModel(workers, Path(folder), count=count, seconds=seconds)
    server = http_interface.serve(SingleModelHandler, int(port))
    threading.Thread(target=server.serve_forever).start()
    model_process.warm_up(module)
    model.load()
    if model.reason:
        sys.stderr.write(f"{model.reason}\n")


if __name__ == "__main__":
    main()
