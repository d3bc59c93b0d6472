"""Runs one invocation: ``python -P runner.py <code folder> <handler> <event file> <result file> <context json>``.

It runs in a process of its own with nothing but the function's environment, and imports little: each invocation waits
for it. Errors have the names and words of https://github.com/aws/aws-lambda-python-runtime-interface-client.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

Handler = Callable[[object, object], object]


def main() -> None:
    """Import the handler, call it, and write its result or its error."""
    code, handler, event_file, result_file, context_json = sys.argv[1:6]
    sys.path[:0] = [code, f"{code}/python"]
    with open(event_file, encoding="utf-8") as file:  # noqa: PTH123  # pathlib would be imported for this alone
        event = json.load(file)
    result = _run(handler, event, _context(json.loads(context_json)))
    with open(result_file, "w", encoding="utf-8") as file:  # noqa: PTH123  # as above
        json.dump(result, file)


def _run(handler: str, event: object, context: object) -> dict[str, object]:
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
