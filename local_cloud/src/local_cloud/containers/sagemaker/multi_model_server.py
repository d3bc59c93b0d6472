"""The serving container of every family: loads and unloads models on request.

``python -m ...multi_model_server <module that serves> <port> <memory bytes>``. The contract is that of a multi-model
container: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import json
import sys
import threading
from pathlib import Path
from urllib.parse import unquote

from local_cloud.containers.sagemaker import http_interface, inference_toolkit, model_process
from local_cloud.containers.sagemaker.http_interface import Handler
from local_cloud.containers.sagemaker.model_process import BrokenModelError
from local_cloud.containers.sagemaker.programs import Answer
from local_cloud.containers.sagemaker.workers import UnknownModelError, Workers


class LoadError(Exception):
    """A model is not loaded.

    Args:
        status: HTTP status: 409 already loaded, 507 memory is short, 500 no model.
        reason: for people.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Models:
    """Loaded models by name, within a bound of memory.

    Args:
        workers: processes that they lie in.
        memory_bytes: how much they may take.
    """

    def __init__(self, workers: Workers, memory_bytes: int) -> None:
        self._workers, self._memory_bytes = workers, memory_bytes
        self._lock = threading.Lock()
        # Whether each is loaded; one that is being loaded has its name already.
        self._is_loaded: dict[str, bool] = {}

    def load(self, name: str, folder: Path) -> None:
        """Load what a folder holds.

        What it takes is known once it is loaded; if that is too much, it goes again.

        Raises:
            LoadError: it is loaded already, there is no room, or no model.
        """
        with self._lock:
            if name in self._is_loaded:
                raise LoadError(409, f"{name} is loaded already")
            self._is_loaded[name] = False
        try:
            taken = self._workers.load(name, folder)
        except BrokenModelError as error:
            self._forget(name)
            raise LoadError(500, str(error)) from error
        except BaseException:
            self._forget(name)
            raise
        with self._lock:
            others = sum(self._workers.taken(other) for other in self._is_loaded if other != name)
            if fits := taken + others <= self._memory_bytes:
                self._is_loaded[name] = True
        if not fits:
            self._workers.unload(name)
            self._forget(name)
            raise LoadError(
                507, f"no memory for {taken} bytes: {self._memory_bytes} are there, other models take {others}"
            )

    def unload(self, name: str) -> int:
        """HTTP status: 200 or 404."""
        with self._lock:
            if not self._is_loaded.get(name):
                return 404
            del self._is_loaded[name]
        self._workers.unload(name)
        return 200

    def names(self) -> list[str]:
        """Loaded models."""
        with self._lock:
            return sorted(name for name, is_loaded in self._is_loaded.items() if is_loaded)

    def is_loaded(self, name: str) -> bool:
        """Whether a model is loaded."""
        return self._is_loaded.get(name, False)

    def answer(self, name: str, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask one model; one whose process is gone is loaded again.

        Raises:
            UnknownModelError: the model is not loaded.
            RefusedError: the request is not what the model takes.
            BrokenModelError: its artifact is no model any more.
            WorkerDiedError: the model crashed, or hangs.
        """
        if not self.is_loaded(name):
            raise UnknownModelError(name)
        return self._workers.answer(name, body, content_type=content_type, accept=accept)

    def _forget(self, name: str) -> None:
        with self._lock:
            self._is_loaded.pop(name, None)


class MultiModelHandler(Handler):
    """The container's HTTP interface."""

    models: Models

    def get(self) -> None:
        """/ping, /models and /models/{name}."""
        if self.path == "/ping":
            self.tell(200)
        elif self.path == "/models":
            self.tell_json(200, {"models": [{"modelName": name} for name in self.models.names()]})
        elif self.models.is_loaded(self._name()):
            self.tell_json(200, {"modelName": self._name()})
        else:
            self.tell(404)

    def post(self, body: bytes) -> None:
        """/models and /models/{name}/invoke."""
        if self.path == "/models":
            self._load(json.loads(body))
            return
        try:
            self.invoke(lambda **asked: self.models.answer(self._name(), body, **asked))
        except UnknownModelError:
            self.tell(404)

    def _load(self, request: dict[str, str]) -> None:
        try:
            self.models.load(request["model_name"], Path(request["url"]))
        except LoadError as error:
            self.tell(error.status, str(error))
        else:
            self.tell(200)

    def delete(self) -> None:
        """/models/{name}."""
        self.tell(self.models.unload(self._name()))

    def _name(self) -> str:
        return unquote(self.path.removeprefix("/models/").removesuffix("/invoke"))


def main() -> None:
    """Serve until killed."""
    module, port, memory_bytes = sys.argv[1:]
    shares = model_process.warm_up(module)
    workers = Workers(module, memory_bytes=int(memory_bytes), shares=shares, seconds=inference_toolkit.answer_seconds())
    MultiModelHandler.models = Models(workers, int(memory_bytes))
    http_interface.serve(MultiModelHandler, int(port)).serve_forever()


if __name__ == "__main__":
    main()
