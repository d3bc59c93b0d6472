"""When a schedule is due.

Reference: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import calendar
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pyawscron import AWSCron

from local_cloud.kernel.errors import NotEmulatedError

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((.+)\)")


def next_due(expression: str, *, timezone: str, created: datetime, after: datetime) -> datetime | None:
    """The first due time after a moment, None when there is none left.

    Args:
        expression: ``rate(...)``, ``cron(...)`` or ``at(...)``.
        timezone: IANA name, for cron and at.
        created: rate schedules count from here, never from the last firing, so that they do not drift.
        after: UTC.

    Raises:
        NotEmulatedError: the expression is none of these.
    """
    zone = ZoneInfo("UTC" if timezone == "Etc/UTC" else timezone)
    if match := _RATE.fullmatch(expression):
        period = timedelta(**{f"{match[2]}s": int(match[1])})
        passed = max(0, (after - created) // period)
        return created + (passed + 1) * period
    if match := _AT.fullmatch(expression):
        due = datetime.fromisoformat(match[1]).replace(tzinfo=zone).astimezone(UTC)
        return due if due > after else None
    if match := _CRON.fullmatch(expression):
        # The library counts in UTC; the wall clock of the time zone is what the fields mean.
        wall = after.astimezone(zone).replace(tzinfo=UTC)
        found = _next_of_cron(AWSCron(match[1]), wall)
        return found.replace(tzinfo=zone).astimezone(UTC) if found else None
    raise NotEmulatedError(f"the local cloud does not emulate the schedule expression {expression!r}")


def _next_of_cron(cron: AWSCron, after: datetime) -> datetime | None:
    """Asks month by month: the library takes the 31st for a day of every month, and gives up after ten steps."""
    years, months, days = cron.years, cron.months, cron.days_of_month
    for year in years:
        for month in months:
            if (year, month) < (after.year, after.month):
                continue
            # L and W mean a day that the month has, and without days of the month those of the week count.
            numbered = bool(days) and all(isinstance(day, int) for day in days)
            last = calendar.monthrange(year, month)[1]
            cron.years, cron.months = [year], [month]
            cron.days_of_month = [day for day in days if day <= last] if numbered else days
            if numbered and not cron.days_of_month:
                continue
            before = datetime(year, month, 1, tzinfo=UTC) - timedelta(minutes=1)
            found: datetime | None = cron.occurrence(max(after, before)).next()
            if found is not None:
                return found
    return None


def latest_due(
    expression: str, *, timezone: str, created: datetime, after: datetime, until: datetime
) -> datetime | None:
    """The last due time in (after, until], None when there is none.

    A jump of the clock over several due times fires once, for the latest: what a laptop wants that slept.
    """
    latest = None
    due = next_due(expression, timezone=timezone, created=created, after=after)
    while due is not None and due <= until:
        latest = due
        due = next_due(expression, timezone=timezone, created=created, after=due)
    return latest
