"""What the HTTP interfaces of serving containers have in common."""

import json
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker.model_process import BrokenModelError, WorkerDiedError
from local_cloud.containers.sagemaker.programs import Answer, RefusedError

# Names the file that gets the port which the container listens on.
PORT_FILE = "PORT_FILE"


class Handler(BaseHTTPRequestHandler):
    """Reads requests, and answers whatever comes."""

    protocol_version = "HTTP/1.1"

    def get(self) -> None:
        """Answer a request to read."""
        self.tell(404)

    def post(self, body: bytes) -> None:
        """Answer a request with a body."""
        del body
        self.tell(404)

    def delete(self) -> None:
        """Answer a request to remove."""
        self.tell(404)

    def do_GET(self) -> None:
        """GET."""
        self.get()

    def do_POST(self) -> None:
        """POST, of which the length must be told."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            self.close_connection = True
            self.tell(400, f"Content-Length must be a number of bytes, got {length!r}")
            return
        body = self.rfile.read(int(length))
        try:
            self.post(body)
        except Exception as error:
            # Whatever it is, it is answered, and the container goes on.
            self.tell(500, f"{type(error).__name__}: {error}")
            raise

    def do_DELETE(self) -> None:
        """DELETE."""
        self.delete()

    def invoke(self, ask: Callable[..., Answer]) -> None:
        """Answer a request with what a model says.

        Args:
            ask: asks it, with the names ``content_type`` and ``accept``.
        """
        asked = {"content_type": self.headers.get("Content-Type", ""), "accept": self.headers.get("Accept", "")}
        try:
            answer = ask(**asked)
        except RefusedError as error:
            self.tell(error.status, str(error))
        except (WorkerDiedError, BrokenModelError) as error:
            self.tell(500, str(error))
        else:
            self.send(200, answer.body, answer.content_type)

    def tell(self, status: int, text: str = "") -> None:
        """Answer with a text for people."""
        self.send(status, text.encode(), "text/plain")

    def tell_json(self, status: int, value: Any) -> None:
        """Answer with JSON."""
        self.send(status, json.dumps(value).encode(), "application/json")

    def send(self, status: int, body: bytes, content_type: str) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Health checks would bury everything else."""


class Server(ThreadingHTTPServer):
    """Takes bursts of requests: the default backlog of 5 lets connections wait for a second or fail."""

    request_queue_size = 128


def serve(handler: type[Handler], port: int) -> Server:
    """A server that listens on a port of this machine, 0 for any, which it writes where `PORT_FILE` says."""
    server = Server(("127.0.0.1", port), handler)
    partial = Path(f"{os.environ[PORT_FILE]}.partial")
    partial.write_text(str(server.server_address[1]), encoding="utf-8")
    partial.rename(os.environ[PORT_FILE])
    return server
