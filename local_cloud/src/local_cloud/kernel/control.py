"""The local cloud's own HTTP interface, under ``/_local/``: health, the clock and the orders of services."""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Order
from local_cloud.kernel.state import Store

PREFIX = "/_local/"
# The one order that changes nothing.
_SAVE = "save"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class UnknownUpload(LocalCloudError):  # noqa: N818  # not a fault: what it was for is over
    """Nobody waits for what was uploaded."""


Upload = Callable[[str, bytes], None]
_orders: dict[str, Order] = {}
_uploads: dict[str, Upload] = {}


def register(path: str, take: Order) -> None:
    """Let a service take orders: a POST under ``/_local/<path>``; it raises ValueError for wrong ones."""
    _orders[path] = take


def register_upload(folder: str, take: Upload) -> None:
    """Let a service take what is PUT under ``/_local/<folder>/<name>``.

    Args:
        folder: of the path.
        take: gets the name and the content; it raises `UnknownUpload` when nobody waits for it.
    """
    _uploads[folder] = take


def middleware(application: Application, runtime: Runtime, store: Store) -> Application:
    """Answer our own paths, and pass everything else on.

    Args:
        application: moto's.
        runtime: of this process.
        store: told of every request, since it may have changed something.
    """

    def respond(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            answer = application(environ, start_response)
            store.touch()
            return answer
        if _is_foreign(environ):
            status, content = "403 Forbidden", {"error": "only loopback host names are answered"}
        elif environ["REQUEST_METHOD"] == "PUT":
            status, content = _uploaded(environ)
        else:
            status, content = _answer(environ, runtime, store)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(content).encode()]

    return respond


def _is_foreign(environ: Environ) -> bool:
    # A page in a browser could reach a loopback port under a name of its own.
    return urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname not in _LOOPBACK


def _uploaded(environ: Environ) -> tuple[str, dict[str, Any]]:
    folder, _, name = environ["PATH_INFO"].removeprefix(PREFIX).partition("/")
    try:
        _uploads[folder](name, _content(environ))
    except (KeyError, UnknownUpload):
        return "403 Forbidden", {"error": "nobody waits for this"}
    return "200 OK", {}


def _answer(environ: Environ, runtime: Runtime, store: Store) -> tuple[str, dict[str, Any]]:
    path, method = environ["PATH_INFO"].removeprefix(PREFIX), environ["REQUEST_METHOD"]
    try:
        if (path, method) == ("health", "GET"):
            return "200 OK", {
                "status": "ok",
                "state_dir": str(runtime.settings.state_dir),
                "save_error": store.error,
            }
        if path in _orders and method == "POST":
            told = _orders[path](_body(environ))
            if path != _SAVE:
                store.touch()
            return "200 OK", told
        if path == "clock" and method in {"GET", "POST"}:
            fired = _move_clock(runtime, _body(environ)) if method == "POST" else {}
            return "200 OK", {**_clock(runtime), **fired}
    except (LocalCloudError, ValueError, KeyError, TypeError) as error:
        return "400 Bad Request", {"error": str(error)}
    return "404 Not Found", {"error": f"no route {method} {PREFIX}{path}"}


def _content(environ: Environ) -> bytes:
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def _body(environ: Environ) -> dict[str, Any]:
    content = json.loads(_content(environ) or b"{}")
    if not isinstance(content, dict):
        raise ValueError(f"the body must be a JSON object, got {type(content).__name__}")  # noqa: TRY004  # answered as a wrong order
    return content


def _clock(runtime: Runtime) -> dict[str, Any]:
    return {"now": runtime.clock.now().isoformat(), "scale": runtime.clock.scale}


def _move_clock(runtime: Runtime, order: dict[str, Any]) -> dict[str, Any]:
    if "scale" in order:
        runtime.clock.set_scale(float(order["scale"]))
    if "advance_seconds" in order:
        runtime.clock.advance(timedelta(seconds=float(order["advance_seconds"])))
    if order.get("skip_pauses"):
        return {"skipped_seconds": runtime.clock.skip_pauses()}
    if "advance_to_next_firing_of" in order:
        return _orders["advance_to_next_firing_of"](order["advance_to_next_firing_of"])
    return {}
