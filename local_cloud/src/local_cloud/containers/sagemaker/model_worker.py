"""What runs in the process of a loaded model; `model_process` is the other end."""

import contextlib
import importlib
import json
import resource
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker.programs import Model, NoModelError, RefusedError

# What Python and the image's packages need beside the model.
_BASE_BYTES = 3 * 1024**3


def serve(connection: Connection, module: str, folder: str, memory_bytes: int) -> None:
    """Answer until the other end is closed.

    A request is JSON, ``[content type, accept]``, and then the body. An answer is JSON too, ``["answered", content
    type]`` and then the body, or ``["refused", [status, text]]`` alone. The first answer, which nobody asked for, is
    ``["loaded", None]`` or ``["refused", reason]``.
    """
    limit = _BASE_BYTES + memory_bytes
    # macOS has no such limit.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        model: Model = importlib.import_module(module).load(Path(folder))
    except ModuleNotFoundError as error:
        _send(connection, "refused", f"{error}: install what the image has beside the local cloud")
        return
    except (NoModelError, OSError) as error:
        _send(connection, "refused", str(error))
        return
    _send(connection, "loaded", None)
    while True:
        try:
            content_type, accept = json.loads(connection.recv_bytes())
            body = connection.recv_bytes()
        except EOFError:
            return
        try:
            answer = model.answer(body, content_type=content_type, accept=accept)
        except RefusedError as error:
            _send(connection, "refused", [error.status, str(error)])
        else:
            _send(connection, "answered", answer.content_type)
            connection.send_bytes(answer.body)


def _send(connection: Connection, status: str, told: Any) -> None:
    connection.send_bytes(json.dumps([status, told]).encode())
