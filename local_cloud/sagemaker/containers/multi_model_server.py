"""The serving container: loads and unloads XGBoost models on request.

``python -m ...multi_model_server <port> <memory bytes>``. The contract is that of a multi-model container:
https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import xgboost as xgb

from local_cloud.sagemaker.containers import xgboost_data
from local_cloud.sagemaker.containers.xgboost_data import DataError


class Models:
    """Loaded models by name, within a bound of memory (bytes of their files)."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._models: dict[str, tuple[xgb.Booster, int]] = {}

    def load(self, name: str, folder: Path) -> int:
        """HTTP status: 200, 409 already loaded, 507 memory is short, 500 no model."""
        files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        if len(files) != 1:
            return 500
        size = files[0].stat().st_size
        with self._lock:
            if name in self._models:
                return 409
            if sum(used for _, used in self._models.values()) + size > self._memory_bytes:
                return 507
            booster = xgb.Booster()
            try:
                # XGBoost's own format only: a pickle would run code.
                booster.load_model(bytearray(files[0].read_bytes()))
            except xgb.core.XGBoostError:
                return 500
            self._models[name] = (booster, size)
        return 200

    def unload(self, name: str) -> int:
        """HTTP status: 200 or 404."""
        with self._lock:
            return 200 if self._models.pop(name, None) else 404

    def names(self) -> list[str]:
        """Loaded models."""
        return sorted(self._models)

    def find(self, name: str) -> xgb.Booster | None:
        """A loaded model."""
        found = self._models.get(name)
        return found[0] if found else None


def predict(booster: xgb.Booster, body: str, content_type: str) -> list[float]:
    """One prediction a row.

    Raises:
        DataError: the body is not what the model takes.
    """
    if content_type.split(";", maxsplit=1)[0].strip() != "text/csv":
        raise DataError(f"Content type {content_type} is not supported, use text/csv")
    table = xgboost_data.parse_csv(body, source="the request")
    if table.size == 0:
        raise DataError("the request has no rows")
    if table.shape[1] != booster.num_features():
        raise DataError(f"the model takes {booster.num_features()} features, got {table.shape[1]}")
    return [float(value) for value in np.ravel(booster.predict(xgb.DMatrix(table)))]


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
            found = self.models.find(self._name())
            self._answer(200 if found else 404, json.dumps({"modelName": self._name()}) if found else "")

    def do_POST(self) -> None:
        """/models and /models/{name}/invoke."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
        if self.path == "/models":
            request = json.loads(body)
            self._answer(self.models.load(request["model_name"], Path(request["url"])), "")
            return
        booster = self.models.find(self._name())
        if booster is None:
            self._answer(404, "")
            return
        try:
            values = predict(booster, body, self.headers.get("Content-Type", "text/csv"))
        except DataError as error:
            self._answer(400, str(error))
            return
        if self.headers.get("Accept", "").startswith("application/json"):
            self._answer(200, json.dumps({"predictions": [{"score": value} for value in values]}), "application/json")
        else:
            self._answer(200, "\n".join(str(value) for value in values) + "\n", "text/csv; charset=utf-8")

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


class Server(ThreadingHTTPServer):
    """Takes bursts of requests: the default backlog of 5 lets connections wait for a second or fail."""

    request_queue_size = 128


def main() -> None:
    """Serve until killed."""
    Handler.models = Models(int(sys.argv[2]))
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    Path(os.environ["PORT_FILE"]).write_text(str(server.server_address[1]), encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    main()
