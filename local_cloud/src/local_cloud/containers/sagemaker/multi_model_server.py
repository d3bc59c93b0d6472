"""The serving container: loads and unloads XGBoost models on request.

``python -m ...multi_model_server <port> <memory bytes>``. The contract is that of a multi-model container:
https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
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
from local_cloud.containers.sagemaker.cells import DataError
from local_cloud.containers.sagemaker.model_process import BrokenModelError, Worker, WorkerDiedError


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
    path: Path
    size: int
    worker: Worker
    lock: threading.Lock = field(default_factory=threading.Lock)


class Models:
    """Loaded models by name, within a bound of memory (bytes of their files)."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._models: dict[str, _Loaded] = {}

    def load(self, name: str, folder: Path) -> None:
        """Load the only file of a folder.

        Raises:
            LoadError: it is loaded already, there is no room, or no model.
        """
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        if len(files) != 1:
            found = ", ".join(repr(path.name) for path in files[:5]) or "nothing"
            raise LoadError(500, f"the archive must hold one model file at its root, got {found}")
        size = files[0].stat().st_size
        with self._lock:
            if name in self._models:
                raise LoadError(409, f"{name} is loaded already")
            if sum(model.size for model in self._models.values()) + size > self._memory_bytes:
                raise LoadError(507, f"no memory for {size} bytes")
            try:
                self._models[name] = _Loaded(path=files[0], size=size, worker=self._start(files[0]))
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

    def predict(self, name: str, body: str, content_type: str) -> list[float]:
        """One prediction a row; a model that died is loaded again.

        Raises:
            KeyError: the model is not loaded.
            DataError: the body is not what the model takes.
            WorkerDiedError: the model crashed, or hangs.
        """
        model = self._models[name]
        with model.lock:
            if name not in self._models:
                raise KeyError(name)
            if not model.worker.is_running():
                model.worker = self._start(model.path)
            return model.worker.predict(body, content_type)

    def _start(self, path: Path) -> Worker:
        return Worker(path, memory_bytes=self._memory_bytes)


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
        try:
            values = self.models.predict(self._name(), _text(body), self.headers.get("Content-Type", "text/csv"))
        except KeyError:
            self._answer(404, "")
        except DataError as error:
            self._refuse(str(error))
        except (WorkerDiedError, BrokenModelError) as error:
            self._answer(500, str(error))
        else:
            self._tell(values)

    def _tell(self, values: list[float]) -> None:
        """As ``algorithm_mode/handler_service.py`` of https://github.com/aws/sagemaker-xgboost-container encodes.

        JSON is the serving toolkit's default (https://github.com/aws/sagemaker-inference-toolkit).
        """
        accept = self.headers.get("Accept", "").lower()
        if accept in {"", "*/*", "application/json", "json"}:
            self._answer(200, json.dumps(values), "application/json")
        elif accept in {"text/csv", "csv"}:
            # One line, however many rows.
            self._answer(200, ",".join(map(str, values)), "text/csv")
        else:
            self._refuse(
                f"{accept} is not an accepted Accept type."
                " Please choose one of the following: ['text/csv', 'application/json']."
            )

    def _refuse(self, reason: str) -> None:
        """As AWS's container does: its handler of errors fails itself, and the server around it answers this.

        ``mms_patch/mms_transformer.py`` calls ``handle_error`` with a status, but the toolkit's 1.5.5, which it is
        built with, takes an error (https://github.com/aws/sagemaker-inference-toolkit); ``mms/service.py`` of
        https://github.com/awslabs/multi-model-server answers what is raised then. The reason is in its log only.
        """
        self._answer(503, f"Prediction failed: {reason}")

    def do_DELETE(self) -> None:
        """/models/{name}."""
        self._answer(self.models.unload(self._name()), "")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Health checks would bury everything else."""

    def _name(self) -> str:
        return unquote(self.path.removeprefix("/models/").removesuffix("/invoke"))

    def _answer(self, status: int, body: str, content_type: str = "text/plain") -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"cannot read the request as numeric csv: {error}") from error


class Server(ThreadingHTTPServer):
    """Takes bursts of requests: the default backlog of 5 lets connections wait for a second or fail."""

    request_queue_size = 128


def main() -> None:
    """Serve until killed."""
    Handler.models = Models(int(sys.argv[2]))
    model_process.warm_up()
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    Path(os.environ["PORT_FILE"]).write_text(str(server.server_address[1]), encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    main()
