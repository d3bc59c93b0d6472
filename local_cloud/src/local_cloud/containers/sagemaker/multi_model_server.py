"""The serving container of every family: loads and unloads models on request.

``python -m ...multi_model_server <module that serves> <port> <memory bytes>``. The contract is that of a multi-model
container: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import json
import os
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from local_cloud.containers.sagemaker import model_process
from local_cloud.containers.sagemaker.model_process import BrokenModelError, Worker, WorkerDiedError
from local_cloud.containers.sagemaker.programs import Answer, RefusedError


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
            KeyError: the model is not loaded.
            RefusedError: the request is not what the model takes.
            WorkerDiedError: the model crashed, or hangs.
        """
        model = self._models[name]
        with model.lock:
            if name not in self._models:
                raise KeyError(name)
            if not model.worker.is_running():
                model.worker = self._start(model.folder)
            return model.worker.answer(body, content_type=content_type, accept=accept)

    def _start(self, folder: Path) -> Worker:
        return Worker(self._module, folder, memory_bytes=self._memory_bytes)


class Handler(BaseHTTPRequestHandler):
    """The container's HTTP interface."""

    models: Models
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """/ping, /models and /models/{name}."""
        if self.path == "/ping":
            self._answer(200, "")
        elif self.path == "/models":
            self._answer(200, json.dumps({"models": [{"modelName": name} for name in self.models.names()]}))
        else:
            found = self._name() in self.models.names()
            self._answer(200 if found else 404, json.dumps({"modelName": self._name()}) if found else "")

    def do_POST(self) -> None:
        """/models and /models/{name}/invoke."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            self.close_connection = True
            self._answer(400, f"Content-Length must be a number of bytes, got {length!r}")
            return
        body = self.rfile.read(int(length))
        try:
            if self.path == "/models":
                self._load(json.loads(body))
            else:
                self._invoke(body)
        except Exception as error:
            # Whatever it is, it is answered, and the container goes on.
            self._answer(500, f"{type(error).__name__}: {error}")
            raise

    def _load(self, request: dict[str, str]) -> None:
        try:
            self.models.load(request["model_name"], Path(request["url"]))
        except LoadError as error:
            self._answer(error.status, str(error))
        else:
            self._answer(200, "")

    def _invoke(self, body: bytes) -> None:
        asked = {"content_type": self.headers.get("Content-Type", ""), "accept": self.headers.get("Accept", "")}
        try:
            answer = self.models.answer(self._name(), body, **asked)
        except KeyError:
            self._answer(404, "")
        except RefusedError as error:
            self._answer(error.status, str(error))
        except (WorkerDiedError, BrokenModelError) as error:
            self._answer(500, str(error))
        else:
            self._send(200, answer.body, answer.content_type)

    def do_DELETE(self) -> None:
        """/models/{name}."""
        self._answer(self.models.unload(self._name()), "")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Health checks would bury everything else."""

    def _name(self) -> str:
        return unquote(self.path.removeprefix("/models/").removesuffix("/invoke"))

    def _answer(self, status: int, text: str) -> None:
        self._send(status, text.encode(), "text/plain")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Takes bursts of requests: the default backlog of 5 lets connections wait for a second or fail."""

    request_queue_size = 128


def main() -> None:
    """Serve until killed."""
    module, port, memory_bytes = sys.argv[1:]
    Handler.models = Models(module, int(memory_bytes))
    model_process.warm_up(module)
    server = Server(("127.0.0.1", int(port)), Handler)
    Path(os.environ["PORT_FILE"]).write_text(str(server.server_address[1]), encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    main()
