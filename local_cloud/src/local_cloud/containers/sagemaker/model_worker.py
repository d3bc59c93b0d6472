"""What runs in a process that holds models; `model_process` is the other end."""

import contextlib
import gc
import importlib
import json
import os
import resource
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import memory
from local_cloud.containers.sagemaker.programs import Model, NoModelError, RefusedError

# What Python and the image's packages need beside the models.
_BASE_BYTES = 3 * 1024**3
# A model that grew by less while it answered is not measured again.
_NOTED_BYTES = 16 * 1024**2


def serve(connection: Connection, module: str, memory_bytes: int, is_own: bool, environment: Mapping[str, str]) -> None:
    """Take one order after the other until the other end is closed.

    An order is JSON, and so is its answer, a word and what it tells:

    - ``["load", name, folder]``: ``["loaded", bytes]`` or ``["refused", reason]``;
    - ``["unload", name]``: ``["unloaded", null]``;
    - ``["answer", name, content type, accept]`` and then the body: ``["answered", [content type, bytes]]`` and then the
      body, or ``["refused", [status, text]]`` alone.

    The bytes are what the model takes: of one that has the process for itself all that it takes alone, else what it
    has grown by; an answer that tells 0 measured nothing.

    Args:
        connection: to the other end.
        module: the family's, which loads models.
        memory_bytes: how much all may take.
        is_own: whether one model has the process for itself.
        environment: of the container; what this process was forked from may be older.
    """
    os.environ.clear()
    os.environ.update(environment)
    limit = _BASE_BYTES + memory_bytes
    # macOS has no such limit.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What was imported stays: collecting garbage need not look at it, nor write to pages that all workers share.
    gc.freeze()
    desk = _Desk(module, is_own=is_own)
    while True:
        try:
            word, *order = json.loads(connection.recv_bytes())
            if word == "answer":
                _answer(connection, desk, order, connection.recv_bytes())
            elif word == "load":
                _tell(connection, *desk.load(*order))
            else:
                _tell(connection, *desk.unload(*order))
        except EOFError:
            return


def tell_sharing(connection: Connection, module: str) -> None:
    """Tell whether models of a family may lie in one process."""
    try:
        shares = bool(getattr(importlib.import_module(module), "shares_process", False))
    except ImportError:
        # Whoever loads a model hears of it.
        shares = False
    _tell(connection, "shares", shares)


class _Desk:
    """The models of a process."""

    def __init__(self, module: str, *, is_own: bool) -> None:
        self._module, self._is_own = module, is_own
        self._models: dict[str, Model] = {}
        self._sizes: dict[str, int] = {}
        self._noted = 0

    def load(self, name: str, folder: str) -> tuple[str, Any]:
        memory.settle()
        before = memory.anonymous()
        try:
            self._models[name] = importlib.import_module(self._module).load(Path(folder))
        except ModuleNotFoundError as error:
            return "refused", f"{error}: install what the image has beside the local cloud"
        except (NoModelError, OSError) as error:
            return "refused", str(error)
        except Exception as error:  # noqa: BLE001  # other models lie here, which have no part in it
            traceback.print_exc()
            return "refused", f"{type(error).__name__}: {error}"
        memory.settle()
        self._noted = memory.anonymous()
        self._sizes[name] = memory.private() if self._is_own else max(self._noted - before, 0)
        return "loaded", self._sizes[name]

    def unload(self, name: str) -> tuple[str, Any]:
        self._models.pop(name, None)
        self._sizes.pop(name, None)
        memory.settle()
        self._noted = memory.anonymous()
        return "unloaded", None

    def model(self, name: str) -> Model:
        return self._models[name]

    def growth(self, name: str) -> int:
        """What a model takes after an answer; 0 if nothing has changed that is worth a look."""
        if memory.anonymous() - self._noted < _NOTED_BYTES:
            return 0
        memory.settle()
        now = memory.anonymous()
        self._sizes[name] = memory.private() if self._is_own else self._sizes[name] + max(now - self._noted, 0)
        self._noted = now
        return self._sizes[name]


def _answer(connection: Connection, desk: _Desk, order: list[str], body: bytes) -> None:
    name, content_type, accept = order
    try:
        answer = desk.model(name).answer(body, content_type=content_type, accept=accept)
    except RefusedError as error:
        _tell(connection, "refused", [error.status, str(error)])
    except MemoryError:
        # The next one would meet the same bound; a new process does not.
        raise
    except Exception as error:  # noqa: BLE001  # other models lie here, which have no part in it
        traceback.print_exc()
        _tell(connection, "refused", [500, f"{type(error).__name__}: {error}"])
    else:
        _tell(connection, "answered", [answer.content_type, desk.growth(name)])
        connection.send_bytes(answer.body)


def _tell(connection: Connection, word: str, told: Any) -> None:
    connection.send_bytes(json.dumps([word, told]).encode())
