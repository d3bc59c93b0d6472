"""JSONata as Step Functions evaluates it: without $eval, with functions of its own.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided
"""

import copy
import functools
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from local_cloud.kernel.clock import VirtualClock

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_OPENING = re.compile(r"(?:\$type\(|\$exists\()?\(")
_DECLARED = re.compile(r"\$(\w+):=")
_FUNCTION = re.compile(r"\bObject\b")
_JSON = json.JSONDecoder()


class _ArgumentError(ValueError):
    """A function that Step Functions adds to the language does not take an argument."""


class QueryEvaluationError(Exception):
    """An expression cannot be evaluated; Step Functions calls it States.QueryEvaluationError."""


def evaluate(expression: str, *, clock: VirtualClock) -> Any:
    """Evaluate an expression without input; variables are bound inside the expression.

    Raises:
        QueryEvaluationError: it is wrong.
    """
    text, variables = _without_declarations(expression)
    try:
        program = _program(text)
        for name, function in _functions(clock).items():
            program.register_lambda(name, function)
        for name, value in variables.items():
            program.assign(name, value)
        return _plain(program.evaluate(None))
    except JException as error:
        raise QueryEvaluationError(_told(error)) from error
    except _ArgumentError as error:
        raise QueryEvaluationError(str(error)) from error
    except (ZeroDivisionError, OverflowError) as error:
        raise QueryEvaluationError("D1001: Number out of range") from error
    except Exception as error:
        # The evaluator lets exceptions of Python through where the language has codes of its own.
        raise QueryEvaluationError("An operand or an argument has a value that is not taken.") from error


def _told(error: JException) -> str:
    """As Step Functions tells an error of the language, for example ``T1006: Attempted to invoke a non-function``."""
    text = str(error)
    if str(error.error).startswith(("T04", "D30")):
        # The evaluator was translated word by word.
        text = (
            _FUNCTION.sub("function", text)
            .replace("Argument None of", "Argument 1 of")
            .replace("function None", "the function")
        )
    return f"{error.error}: {text}"


def _without_declarations(expression: str) -> tuple[str, dict[str, Any]]:
    """What a state says without the values of its variables, so that it is parsed once, and those values.

    moto writes ``($name:=<JSON>;...<expression>)``, and the same within ``$type(...)`` and ``$exists(...)``.
    """
    opening = _OPENING.match(expression)
    if opening is None:
        return expression, {}
    found, end = {}, opening.end()
    while declared := _DECLARED.match(expression, end):
        try:
            value, after = _JSON.raw_decode(expression, declared.end())
            parsed = _as_parsed(value)
        except (ValueError, OverflowError):
            break
        if not expression.startswith(";", after):
            break
        found[declared[1]] = parsed
        end = after + 1
    return f"{opening[0]}{expression[end:]}", found


def _as_parsed(value: Any) -> Any:
    """JSON as the evaluator's parser has it: None is a value that does not exist, and whole numbers are integers.

    Raises:
        OverflowError: a number is too large.
    """
    if isinstance(value, dict):
        return {key: _as_parsed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_parsed(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Utils.convert_number(float(value))
    return Utils.NULL_VALUE if value is None else value


def _program(text: str) -> Jsonata:
    """An expression with variables of its own."""
    program = copy.copy(_parsed(text))
    program.environment = program.create_frame(Jsonata.static_frame)
    # Where the evaluator looks for the one that a thread evaluates.
    Jsonata.CURRENT.jsonata = program
    return program


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> Jsonata:
    return Jsonata(text)


def _functions(clock: VirtualClock) -> dict[str, Callable[..., Any]]:
    # Within one expression it is always the same time: https://docs.jsonata.org/date-time-functions
    milliseconds = int(clock.timestamp() * 1000)

    def now(picture: str | None = None, timezone: str | None = None) -> str | None:
        text: str | None = Functions.datetime_from_millis(milliseconds, picture, timezone)
        return text

    return {
        "distinct": _distinct,
        "eval": _eval,
        "hash": _hash,
        "parse": _parse,
        "partition": _partition,
        "range": _range,
        "uuid": lambda: str(uuid.uuid4()),
        "random": lambda seed=None: random.Random(seed).random(),  # noqa: S311  # the language's own, not for secrets
        "now": now,
        "millis": lambda: milliseconds,
    }


def _eval(*_: Any) -> Any:
    raise _ArgumentError("the function $eval is not available in step functions; use $parse for JSON")


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError) as error:
        raise _ArgumentError("$parse needs a text that is JSON") from error


def _distinct(items: Any) -> Any:
    """Each value once, in an array that stays one (https://docs.jsonata.org/array-functions#distinct)."""
    if not isinstance(items, list):
        return items
    found: list[Any] = []
    for item in items:
        if not any(_same(item, other) for other in found):
            found.append(item)
    return found


def _same(one: Any, other: Any) -> bool:
    # To Python 1 is true.
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _hash(text: str, algorithm: str = "SHA-256") -> str:
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise _ArgumentError(f"$hash knows {', '.join(_ALGORITHMS)}, got {json.dumps(algorithm)}")
    return hashlib.new(_ALGORITHMS[algorithm], str(text).encode()).hexdigest()


def _partition(items: list[Any], size: float) -> list[list[Any]]:
    width = nearest(size)
    if width < 1:
        raise _ArgumentError(f"$partition needs a positive chunk size, got {size}")
    return [items[first : first + width] for first in range(0, len(items), width)]


def _range(first: float, last: float, step: float) -> list[int]:
    start, end, delta = nearest(first), nearest(last), nearest(step)
    if delta == 0:
        raise _ArgumentError(f"$range needs a step other than 0, got {step}")
    return list(range(start, end + (1 if delta > 0 else -1), delta))


def nearest(number: float) -> int:
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
