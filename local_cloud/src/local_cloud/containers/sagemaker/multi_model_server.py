"""The serving container of every family: loads and unloads models on request.

``python -m ...multi_model_server <module that serves> <port> <memory bytes>``. The contract is that of a multi-model
container: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import json
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from local_cloud.containers.sagemaker import http_interface, model_process
from local_cloud.containers.sagemaker.http_interface import Handler
from local_cloud.containers.sagemaker.model_process import BrokenModelError, Worker
from local_cloud.containers.sagemaker.programs import Answer


class UnknownModelError(KeyError):
    """A model is not loaded."""


class LoadError(Exception):
    """A model is not loaded.

    Args:
        status: HTTP status: 409 already loaded, 507 memory is short, 500 no model.
        reason: for people.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(kw_only=True)
class _Loaded:
    folder: Path
    size: int
    worker: Worker
    lock: threading.Lock = field(default_factory=threading.Lock)


class Models:
    """Loaded models by name, within a bound of memory.

    Args:
        module: the family's, which loads a model.
        memory_bytes: the bound, in bytes of the models' files.
    """

    def __init__(self, module: str, memory_bytes: int) -> None:
        self._module, self._memory_bytes = module, memory_bytes
        self._lock = threading.Lock()
        self._models: dict[str, _Loaded] = {}

    def load(self, name: str, folder: Path) -> None:
        """Load what a folder holds.

        Raises:
            LoadError: it is loaded already, there is no room, or no model.
        """
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        with self._lock:
            if name in self._models:
                raise LoadError(409, f"{name} is loaded already")
            if sum(model.size for model in self._models.values()) + size > self._memory_bytes:
                raise LoadError(507, f"no memory for {size} bytes")
            try:
                self._models[name] = _Loaded(folder=folder, size=size, worker=self._start(folder))
            except BrokenModelError as error:
                raise LoadError(500, str(error)) from error

    def unload(self, name: str) -> int:
        """HTTP status: 200 or 404."""
        with self._lock:
            model = self._models.pop(name, None)
        if model is None:
            return 404
        with model.lock:
            model.worker.stop()
        return 200

    def names(self) -> list[str]:
        """Loaded models."""
        return sorted(self._models)

    def answer(self, name: str, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Ask one model; one that died is loaded again.

        Raises:
            UnknownModelError: the model is not loaded.
            RefusedError: the request is not what the model takes.
            WorkerDiedError: the model crashed, or hangs.
        """
        model = self._models.get(name)
        if model is None:
            raise UnknownModelError(name)
        with model.lock:
            if name not in self._models:
                raise UnknownModelError(name)
            if not model.worker.is_running():
                model.worker = self._start(model.folder)
            return model.worker.answer(body, content_type=content_type, accept=accept)

    def _start(self, folder: Path) -> Worker:
        return Worker(self._module, folder, memory_bytes=self._memory_bytes)


class MultiModelHandler(Handler):
    """The container's HTTP interface."""

    models: Models

    def get(self) -> None:
        """/ping, /models and /models/{name}."""
        if self.path == "/ping":
            self.tell(200)
        elif self.path == "/models":
            self.tell_json(200, {"models": [{"modelName": name} for name in self.models.names()]})
        elif self._name() in self.models.names():
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
    MultiModelHandler.models = Models(module, int(memory_bytes))
    model_process.warm_up(module)
    http_interface.serve(MultiModelHandler, int(port)).serve_forever()


if __name__ == "__main__":
    main()
