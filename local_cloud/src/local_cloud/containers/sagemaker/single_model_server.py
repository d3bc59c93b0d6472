"""The serving container of every family for one model: ``python -m ...single_model_server <module> <port> <folder>``.

The module is the family's that serves, the folder what the artifact was unpacked to. The contract is that of a serving
container: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import sys
import threading
from pathlib import Path

from local_cloud.containers.sagemaker import http_interface, model_process
from local_cloud.containers.sagemaker.http_interface import Handler
from local_cloud.containers.sagemaker.model_process import BrokenModelError
from local_cloud.containers.sagemaker.programs import Answer
from local_cloud.containers.sagemaker.workers import Workers

# More than the memory of any machine that this runs on: what one model takes is bounded by the machine, as on AWS.
_MEMORY_BYTES = 1 << 40
_READY, _LOADING, _BROKEN = 200, 503, 500
_NAME = "model"


class SingleModel:
    """The model of a container, in a process of its own that is started again when the model ended it.

    Args:
        workers: that hold it.
        folder: of the unpacked artifact.
    """

    def __init__(self, workers: Workers, folder: Path) -> None:
        self._workers, self._folder = workers, folder
        self.status, self.reason = _LOADING, "the model is being loaded"

    def load(self) -> None:
        """Load it; what comes of it is the container's health."""
        try:
            self._workers.load(_NAME, self._folder)
        except BrokenModelError as error:
            self.status, self.reason = _BROKEN, str(error)
        else:
            self.status, self.reason = _READY, ""

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask it.

        Raises:
            RefusedError: the request is not what the model takes.
            BrokenModelError: it cannot be loaded, or is not yet.
            WorkerDiedError: it crashed, or hangs.
        """
        if self.status != _READY:
            raise BrokenModelError(self.reason)
        return self._workers.answer(_NAME, body, content_type=content_type, accept=accept)


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
    workers = Workers(module, memory_bytes=_MEMORY_BYTES, shares=False)
    model = SingleModelHandler.model = SingleModel(workers, Path(folder))
    server = http_interface.serve(SingleModelHandler, int(port))
    threading.Thread(target=server.serve_forever).start()
    model_process.warm_up(module)
    model.load()
    if model.reason:
        sys.stderr.write(f"{model.reason}\n")


if __name__ == "__main__":
    main()
