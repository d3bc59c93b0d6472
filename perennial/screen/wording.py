"""How numbers and moments are written for people."""

from datetime import UTC, datetime, timedelta

_MINUTE = 60
_HOUR = 3600
_SHORT = 10


def duration(elapsed: timedelta) -> str:
    """Write a time span as ``0.4 s``, ``12 s``, ``3 min 05 s`` or ``2 h 07 min``."""
    seconds = elapsed.total_seconds()
    if seconds < _SHORT:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"


def moment(at: datetime) -> str:
    """Write a moment with a zone to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def number(value: float) -> str:
    """Write a metric with four significant digits after the point at most."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
