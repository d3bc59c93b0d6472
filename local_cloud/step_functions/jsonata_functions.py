"""JSONata as Step Functions evaluates it: without $eval, with functions of its own.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided
"""

import hashlib
import json
import random
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from local_cloud.clock import VirtualClock

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_EVAL = re.compile(r"\$eval\s*\(")


class QueryEvaluationError(Exception):
    """An expression cannot be evaluated; Step Functions calls it States.QueryEvaluationError."""


def evaluate(expression: str, *, clock: VirtualClock) -> Any:
    """Evaluate an expression without input; variables are bound inside the expression.

    Raises:
        QueryEvaluationError: it is wrong.
    """
    if _EVAL.search(expression):
        raise QueryEvaluationError("the function $eval is not available in step functions")
    try:
        program = Jsonata(expression)
        for name, function in _functions(clock).items():
            program.register_lambda(name, function)
        return _plain(program.evaluate(None))
    except (JException, ValueError, TypeError, ZeroDivisionError, RecursionError) as error:
        raise QueryEvaluationError(str(error)) from error


def _functions(clock: VirtualClock) -> dict[str, Callable[..., Any]]:
    def now() -> str:
        return clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return {
        "hash": _hash,
        "parse": json.loads,
        "partition": lambda items, size: [items[i : i + int(size)] for i in range(0, len(items), int(size))],
        "range": _range,
        "uuid": lambda: str(uuid.uuid4()),
        "random": lambda seed=None: random.Random(seed).random(),  # noqa: S311  # the language's own, not for secrets
        "now": now,
        "millis": lambda: int(clock.timestamp() * 1000),
    }


def _hash(text: str, algorithm: str = "SHA-256") -> str:
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"$hash knows {sorted(_ALGORITHMS)}, got {algorithm!r}")
    return hashlib.new(_ALGORITHMS[algorithm], str(text).encode()).hexdigest()


def _range(first: int, last: int, step: int) -> list[int]:
    if step == 0:
        raise ValueError("$range needs a step other than 0")
    return list(range(first, last + (1 if step > 0 else -1), step))


def _plain(value: Any) -> Any:
    """JSON types only; the evaluator returns sequences of its own."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value
