"""Which models are due: compiled schedules are looked up backwards, by days, hours and minutes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from contract.catalogue import Cron, Model, Rate

_MINUTE = timedelta(minutes=1)


def last_firing(schedule: Rate | Cron, *, after: datetime, until: datetime) -> datetime | None:
    """The latest time in (after, until] at which a schedule fires; missed firings become one.

    Args:
        schedule: of a model.
        after: exclusive.
        until: inclusive.
    """
    if isinstance(schedule, Rate):
        period, offset = schedule.rate_seconds, schedule.offset_seconds
        firing = datetime.fromtimestamp((int(until.timestamp()) - offset) // period * period + offset, UTC)
        return firing if firing > after else None
    moment = until.replace(second=0, microsecond=0)
    while moment > after:
        if not _matches_day(schedule, moment):
            moment = moment.replace(hour=0, minute=0)
        elif not _allows(schedule.hours, moment.hour):
            moment = moment.replace(minute=0)
        elif _allows(schedule.minutes, moment.minute):
            return moment
        moment -= _MINUTE
    return None


def due(models: Iterable[Model], *, after: datetime, until: datetime) -> dict[str, datetime]:
    """The latest firing in (after, until] of the models that have one, by model."""
    wanted = {
        model.name: model.retraining.schedule
        for model in models
        if model.retraining is not None and model.retraining.enabled
    }
    return _firings(wanted, after=after, until=until)


def due_to_answer(models: Iterable[Model], *, after: datetime, until: datetime) -> dict[str, datetime]:
    """The same of the models that answer files by a schedule of their own, whether they are retrained by one or not."""
    wanted = {
        model.name: model.batch_transform.schedule
        for model in models
        if model.batch_transform is not None and model.batch_transform.enabled
    }
    return _firings(wanted, after=after, until=until)


def stale(
    models: Iterable[Model],
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
        model.name
        for model in models
        if model.retraining is not None
        and model.retraining.enabled
        and now - last_success.get(model.name, first_seen.get(model.name, now))
        > timedelta(days=model.retraining.stale_after_days)
    ]


def _firings(wanted: Mapping[str, Rate | Cron], *, after: datetime, until: datetime) -> dict[str, datetime]:
    firings = {name: last_firing(schedule, after=after, until=until) for name, schedule in wanted.items()}
    return {name: firing for name, firing in firings.items() if firing is not None}


def _matches_day(schedule: Cron, moment: datetime) -> bool:
    # EventBridge counts the days of the week from 1 = Sunday.
    return (
        _allows(schedule.day_of_month, moment.day)
        and _allows(schedule.month, moment.month)
        and _allows(schedule.day_of_week, moment.isoweekday() % 7 + 1)
        and _allows(schedule.year, moment.year)
    )


def _allows(numbers: Sequence[int] | None, value: int) -> bool:
    return numbers is None or value in numbers
