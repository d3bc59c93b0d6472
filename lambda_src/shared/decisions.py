"""The log of what functions decide: one line of JSON a decision, with the run that it belongs to.

Lambda takes a line that is JSON already as it is:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_log = logging.getLogger("perennial")
_run: ContextVar[Mapping[str, Any]] = ContextVar("run", default={})  # noqa: B039  # never changed, only replaced


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        content = {
            "timestamp": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "decision": record.getMessage(),
        }
        return json.dumps({**content, **_run.get(), **getattr(record, "values", {})}, default=str)


class _Output(logging.Handler):
    """Standard output as it is now: Lambda's runtime, and a test, put another one in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stdout.write(f"{self.format(record)}\n")


_output = _Output()
_output.setFormatter(_Lines())
_log.addHandler(_output)
_log.setLevel(logging.INFO)
# The runtime's own handler would write the line once more.
_log.propagate = False


@contextmanager
def of(function: str, call: object) -> Iterator[None]:
    """What is logged meanwhile belongs to a call.

    Args:
        function: name of the function.
        call: what it was called with; its run or deployment and its model or endpoint go into every line.
    """
    known = {name: getattr(call, name, None) for name in ("run_id", "deployment_id", "model", "endpoint_name")}
    token = _run.set({"function": function, **{name: value for name, value in known.items() if value}})
    try:
        yield
    finally:
        _run.reset(token)


def log(decision: str, **values: object) -> None:
    """Log a decision.

    Args:
        decision: in a few words, the same for all of its kind.
        values: what it was made of, and what it says.
    """
    _log.info(decision, extra={"values": values})
