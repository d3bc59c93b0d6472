"""Runs one invocation: ``python runner.py <code folder> <handler> <event file> <result file> <context json>``.

It runs in a process of its own with nothing but the function's environment.
"""

import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def main() -> None:
    """Import the handler, call it, and write its result or its error."""
    code, handler, event_file, result_file, context_json = sys.argv[1:6]
    sys.path[:0] = [code, f"{code}/python"]
    result: dict[str, Any]
    try:
        module, _, function = handler.rpartition(".")
        entry = getattr(importlib.import_module(module.replace("/", ".")), function)
        payload = entry(json.loads(Path(event_file).read_text(encoding="utf-8")), _context(json.loads(context_json)))
        result = {"payload": json.dumps(payload)}
    except BaseException as error:  # noqa: BLE001  # Lambda reports whatever the function raised
        traceback.print_exc()
        frames = traceback.format_tb(error.__traceback__)
        result = {
            "error": {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": frames},
        }
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


def _context(fields: dict[str, Any]) -> SimpleNamespace:
    end = time.time() + fields.pop("timeout_seconds")
    return SimpleNamespace(**fields, get_remaining_time_in_millis=lambda: max(0, int((end - time.time()) * 1000)))


if __name__ == "__main__":
    main()
