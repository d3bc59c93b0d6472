"""Dates and times of day from texts; null where there is none."""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

MINUTES_A_DAY = 1440
_MINUTES_AN_HOUR = 60
_LAST_YEAR = 9999


def integer(name: str) -> Column:
    """The number of a column of integers."""
    return F.col(name).cast("int")


def date_of(year: str, month: str, day: str) -> Column:
    """The date of three columns of integers; null for one that does not exist."""
    parts = [integer(name) for name in (year, month, day)]
    return F.when(parts[0].between(1, _LAST_YEAR), F.make_date(*parts))


def minute_of_day(name: str) -> Column:
    """Minutes since midnight of a time such as 517 or 2400; null for one that does not exist."""
    time = integer(name)
    minute = (F.floor(time / 100) * _MINUTES_AN_HOUR + time % 100).cast("int")
    return F.when(time.between(0, 2400) & (time % 100 < _MINUTES_AN_HOUR), minute % MINUTES_A_DAY)


def minutes_between(start: Column, end: Column) -> Column:
    """Minutes from one time of day to the next other one; over midnight or time zones still one fixed number."""
    return (end - start + MINUTES_A_DAY) % MINUTES_A_DAY


def hour_of(minute: Column) -> Column:
    """The hour of a minute of the day."""
    return F.floor(minute / _MINUTES_AN_HOUR).cast("int")
