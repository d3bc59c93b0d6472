"""JSONata as Step Functions evaluates it: without $eval, with functions of its own.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided
"""

import hashlib
import json
import math
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from local_cloud.kernel.clock import VirtualClock

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class QueryEvaluationError(Exception):
    """An expression cannot be evaluated; Step Functions calls it States.QueryEvaluationError."""


def evaluate(expression: str, *, clock: VirtualClock) -> Any:
    """Evaluate an expression without input; variables are bound inside the expression.

    Raises:
        QueryEvaluationError: it is wrong.
    """
    try:
        program = Jsonata(expression)
        for name, function in _functions(clock).items():
            program.register_lambda(name, function)
        return _plain(program.evaluate(None))
    except (JException, ValueError, TypeError, ZeroDivisionError, RecursionError) as error:
        raise QueryEvaluationError(str(error)) from error


def _functions(clock: VirtualClock) -> dict[str, Callable[..., Any]]:
    # Within one expression it is always the same time: https://docs.jsonata.org/date-time-functions
    milliseconds = int(clock.timestamp() * 1000)

    def now(picture: str | None = None, timezone: str | None = None) -> str | None:
        text: str | None = Functions.datetime_from_millis(milliseconds, picture, timezone)
        return text

    return {
        "eval": _eval,
        "hash": _hash,
        "parse": json.loads,
        "partition": _partition,
        "range": _range,
        "uuid": lambda: str(uuid.uuid4()),
        "random": lambda seed=None: random.Random(seed).random(),  # noqa: S311  # the language's own, not for secrets
        "now": now,
        "millis": lambda: milliseconds,
    }


def _eval(*_: Any) -> Any:
    raise ValueError("the function $eval is not available in step functions; use $parse for JSON")


def _hash(text: str, algorithm: str = "SHA-256") -> str:
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"$hash knows {sorted(_ALGORITHMS)}, got {algorithm!r}")
    return hashlib.new(_ALGORITHMS[algorithm], str(text).encode()).hexdigest()


def _partition(items: list[Any], size: float) -> list[list[Any]]:
    width = _nearest(size)
    if width < 1:
        raise ValueError(f"$partition needs a positive chunk size, got {size}")
    return [items[first : first + width] for first in range(0, len(items), width)]


def _range(first: float, last: float, step: float) -> list[int]:
    start, end, delta = _nearest(first), _nearest(last), _nearest(step)
    if delta == 0:
        raise ValueError(f"$range needs a step other than 0, got {step}")
    return list(range(start, end + (1 if delta > 0 else -1), delta))


def _nearest(number: float) -> int:
    """Numbers are rounded to the nearest integer.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html#asl-intrsc-func-arrays
    """
    return math.floor(number + 0.5)


def _plain(value: Any) -> Any:
    """JSON types only; the evaluator returns sequences of its own."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value
