"""Serves a function's invocations: ``python -P lambda_runner.py``, with Lambda's own variables in the environment.

Standard input is a socket: a line of JSON (``event``, ``context``) comes in for an invocation, a line of JSON with its
result or its error goes out. The process has nothing but the function's environment, imports the function at the first
invocation and keeps it for the next ones, as a warm execution environment does. Errors have the names and words of
https://github.com/aws/aws-lambda-python-runtime-interface-client.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Handler = Callable[[object, object], object]


def main() -> None:
    """Answer until nobody asks any more."""
    code, handler = os.environ["LAMBDA_TASK_ROOT"], os.environ["_HANDLER"]
    sys.path[:0] = [code, f"{code}/python"]
    # Neither the function nor a program that it starts may read or hold the server's socket.
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(0), "wb") as answers:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for line in requests:
            request = json.loads(line)
            answer = _run(handler, request["event"], _context(request["context"]))
            if "error" in answer:
                answer["error"] = {**answer["error"], "requestId": request["context"]["aws_request_id"]}
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()


def _run(handler: str, event: object, context: object) -> dict[str, Any]:
    entry, problem = _load(handler)
    if entry is None:
        return {"error": problem}
    try:
        answer = entry(event, context)
    except Exception as error:  # noqa: BLE001  # Lambda reports whatever the function raised
        return {"error": _error(type(error).__name__, str(error), error)}
    try:
        return {"payload": json.dumps(answer)}
    except (TypeError, ValueError, RecursionError) as error:
        return {"error": _error("Runtime.MarshalError", f"Unable to marshal response: {error}")}


def _load(handler: str) -> tuple[Handler | None, dict[str, object]]:
    """The handler, or the error that keeps it from being found."""
    name, dot, function = handler.rpartition(".")
    if not dot:
        words = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        return None, _error("Runtime.MalformedHandlerName", words)
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        return None, _error("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}", error)
    except SyntaxError as error:
        return None, _error("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", error)
    except Exception as error:  # noqa: BLE001  # whatever the module raises while it is imported
        return None, _error(type(error).__name__, str(error), error)
    if not hasattr(module, function):
        return None, _error("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{name}'")
    entry: Handler = getattr(module, function)
    return entry, {}


def _error(kind: str, message: str, error: Exception | None = None) -> dict[str, object]:
    frames: list[str] = []
    if error is not None:
        import traceback  # needed by few invocations

        # The first frames are this file's.
        frames = [frame for frame in traceback.format_tb(error.__traceback__) if __file__ not in frame]
    trace = ["Traceback (most recent call last):\n", *frames] if frames else []
    sys.stdout.write("".join([f"[ERROR] {kind}: {message}\n", *trace]))
    return {"errorMessage": message, "errorType": kind, "stackTrace": frames}


def _context(fields: dict[str, object]) -> SimpleNamespace:
    end = time.time() + float(str(fields.pop("timeout_seconds")))
    return SimpleNamespace(
        **fields,
        client_context=None,
        identity=None,
        get_remaining_time_in_millis=lambda: max(0, int((end - time.time()) * 1000)),
    )


if __name__ == "__main__":
    main()
