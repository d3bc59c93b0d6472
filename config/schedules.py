"""Compiles a model's schedule expression into what the dispatcher can check by looking numbers up.

Rate and cron expressions as EventBridge Scheduler takes them, in UTC. Of cron's special characters L, W and # are
refused: nothing that retrains a model has asked for them.
Reference: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from typing import Any

from config.errors import InvalidScheduleError

_RATE = re.compile(r"rate\(([0-9]{1,9}) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_PART = re.compile(r"(?P<first>\*|[A-Za-z0-9]+)(?:(?<!\*)-(?P<last>[A-Za-z0-9]+))?(?:/(?P<step>[0-9]+))?")
# Whoever retrains less often than once a year does it by hand.
_LONGEST_RATE_SECONDS = 366 * 86400
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_DAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_NAMES: dict[str, dict[str, int]] = {"month": _MONTHS, "day-of-week": _DAYS}
_BOUNDS = {
    "minutes": (0, 59),
    "hours": (0, 23),
    "day-of-month": (1, 31),
    "month": (1, 12),
    "day-of-week": (1, 7),
    "year": (1970, 2199),
}


def compile_expression(expression: str) -> dict[str, Any]:
    """Compile an expression.

    Returns:
        ``{"rate_seconds": n}``, or a list of numbers for each cron field, None where the field does not restrict;
        days of the week count from 1 = Sunday.

    Raises:
        InvalidScheduleError: it is no rate or cron expression, or one that is not supported.
    """
    if found := _RATE.fullmatch(expression):
        return {"rate_seconds": _rate(expression, int(found[1]), found[2])}
    if found := _CRON.fullmatch(expression):
        fields = dict(zip(_BOUNDS, found.groups(), strict=True))
        if [fields["day-of-month"], fields["day-of-week"]].count("?") != 1:
            raise InvalidScheduleError(
                f"{expression!r}: exactly one of day-of-month and day-of-week must be '?', as EventBridge demands"
            )
        return {name: _field(expression, name, text) for name, text in fields.items()}
    raise InvalidScheduleError(
        f"{expression!r} is no schedule; write rate(1 hour) or cron(minutes hours day-of-month month day-of-week year)"
    )


def _rate(expression: str, value: int, unit: str) -> int:
    if value < 1 or (value == 1) == unit.endswith("s"):
        raise InvalidScheduleError(f"{expression!r}: write a positive number, singular for 1 and plural above")
    seconds = value * _SECONDS[unit.rstrip("s")]
    if seconds > _LONGEST_RATE_SECONDS:
        raise InvalidScheduleError(f"{expression!r}: a rate may be 366 days at most")
    return seconds


def _field(expression: str, name: str, text: str) -> list[int] | None:
    if text == "?" and not name.startswith("day-"):
        raise InvalidScheduleError(f"{expression!r}: '?' may stand for a day only, not for {name}")
    if text in {"*", "?"}:
        return None
    numbers: set[int] = set()
    for part in text.split(","):
        numbers |= set(_part(expression, name, part))
    return sorted(numbers)


def _part(expression: str, name: str, part: str) -> range:
    lowest, highest = _BOUNDS[name]
    found = _PART.fullmatch(part)
    if found is None:
        raise _unsupported(expression, name, part)
    first, last, step = found["first"], found["last"], int(found["step"] or 1)
    low = lowest if first == "*" else _number(expression, name, first)
    high = _number(expression, name, last) if last else highest if found["step"] or first == "*" else low
    if not lowest <= low <= high <= highest or step == 0:
        raise InvalidScheduleError(
            f"{expression!r}: {name} {part!r} is not between {lowest} and {highest} in rising order"
        )
    return range(low, high + 1, step)


def _number(expression: str, name: str, text: str) -> int:
    value = _NAMES.get(name, {}).get(text.upper())
    if value is not None:
        return value
    if not text.isdecimal():
        raise _unsupported(expression, name, text)
    return int(text)


def _unsupported(expression: str, name: str, text: str) -> InvalidScheduleError:
    return InvalidScheduleError(
        f"{expression!r}: {name} holds {text!r}; numbers, names, '*', '?', ',', '-' and '/' are supported"
    )
