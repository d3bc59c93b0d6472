"""Which models are due: compiled schedules are looked up backwards, by days, hours and minutes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_MINUTE = timedelta(minutes=1)


def last_firing(schedule: Mapping[str, Any], *, after: datetime, until: datetime) -> datetime | None:
    """The latest time in (after, until] at which a schedule fires; missed firings become one.

    Args:
        schedule: ``{"rate_seconds": n, "offset_seconds": m}`` (fires m seconds into every period since the epoch), or
            numbers by cron field, None where a field does not restrict.
        after: exclusive.
        until: inclusive.
    """
    if "rate_seconds" in schedule:
        period = int(schedule["rate_seconds"])
        offset = int(schedule["offset_seconds"])
        firing = datetime.fromtimestamp((int(until.timestamp()) - offset) // period * period + offset, UTC)
        return firing if firing > after else None
    moment = until.replace(second=0, microsecond=0)
    while moment > after:
        if not _matches_day(schedule, moment):
            moment = moment.replace(hour=0, minute=0)
        elif not _matches(schedule, "hours", moment.hour):
            moment = moment.replace(minute=0)
        elif _matches(schedule, "minutes", moment.minute):
            return moment
        moment -= _MINUTE
    return None


def stale(
    models: Iterable[Mapping[str, Any]],
    *,
    last_success: Mapping[str, datetime],
    first_seen: Mapping[str, datetime],
    now: datetime,
) -> list[str]:
    """Names of the models whose last successful run is too long ago.

    Args:
        models: settings; those that are not enabled are never stale.
        last_success: by model.
        first_seen: by model, from when on a model without any success is counted.
        now: time of this look.
    """
    return [
        model["name"]
        for model in models
        if model["enabled"]
        and now - last_success.get(model["name"], first_seen.get(model["name"], now))
        > timedelta(days=model["stale_after_days"])
    ]


def _matches_day(schedule: Mapping[str, Any], moment: datetime) -> bool:
    # EventBridge counts the days of the week from 1 = Sunday.
    found = {
        "day-of-month": moment.day,
        "month": moment.month,
        "day-of-week": moment.isoweekday() % 7 + 1,
        "year": moment.year,
    }
    return all(_matches(schedule, name, value) for name, value in found.items())


def _matches(schedule: Mapping[str, Any], name: str, value: int) -> bool:
    return schedule[name] is None or value in schedule[name]
