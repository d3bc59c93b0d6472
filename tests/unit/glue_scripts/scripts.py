"""The three ETL scripts on CSV files, as tests that hold for all of them see them."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from etl_library.model import CsvModel
from glue_scripts import air_time, flight_delay, seattle_weather

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Script:
    """One script.

    Args:
        name: of its file.
        model: what is its own.
        run: its function of that name, with the arguments that only this script has.
        rows: data that it accepts.
        number: a column whose cells are numbers; its values become cells of the output.
        text: a column whose cells are text.
    """

    name: str
    model: CsvModel
    run: Callable[..., dict[str, Any]]
    rows: list[Row]
    number: str
    text: str

    @property
    def columns(self) -> list[str]:
        return list(self.model.table.columns)

    def line(self, cells: Mapping[str, str] | None = None, *, row: int = 0) -> str:
        """A row whose cells are those given, as they stand in the file."""
        return ",".join((self.rows[row] | dict(cells or {}))[name] for name in self.columns)

    def file(self, *lines: str) -> str:
        return "\n".join([",".join(self.columns), *lines]) + "\n"

    def everything(self) -> str:
        file = io.StringIO()
        writer = csv.DictWriter(file, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return file.getvalue()


def flight(day: date, *, number: int = 1, arr_delay: str = "0", **changes: str) -> Row:
    return {
        "year": str(day.year),
        "month": str(day.month),
        "day": str(day.day),
        "dep_time": "517",
        "sched_dep_time": "515",
        "dep_delay": "2",
        "arr_time": "830",
        "sched_arr_time": "819",
        "arr_delay": arr_delay,
        "carrier": "UA",
        "flight": str(number),
        "tailnum": "N14228",
        "origin": "EWR",
        "dest": "IAH",
        "air_time": "227",
        "distance": "1400",
        "hour": "5",
        "minute": "15",
        "time_hour": f"{day.isoformat()}T10:00:00Z",
    } | changes


def sixteen_days() -> list[Row]:
    """On each day one flight that is late (16 minutes) and one that is not (15), of different air times."""
    days = [date(2013, 1, 1) + timedelta(days=offset) for offset in range(16)]
    return [
        flight(day, number=number, arr_delay=delay, air_time=str(200 + 10 * number))
        for day in days
        for number, delay in ((1, "16"), (2, "15"))
    ]


def forty_days() -> list[Row]:
    """Rain on every third day, the first one included; a degree more on each day."""
    days = [date(2014, 1, 1) + timedelta(days=offset) for offset in range(40)]
    return [
        {
            "date": f"{day:%Y/%m/%d}",
            "precipitation": str(2.5 if index % 3 == 0 else 0.0),
            "temp_max": str(10 + index),
            "temp_min": "5.0",
            "wind": "3.1",
            "weather": "x",
        }
        for index, day in enumerate(days)
    ]


SCRIPTS = [
    Script(
        name="flight_delay",
        model=flight_delay.MODEL,
        run=flight_delay.run,
        rows=sixteen_days(),
        number="distance",
        text="dest",
    ),
    Script(
        name="air_time", model=air_time.MODEL, run=air_time.run, rows=sixteen_days(), number="distance", text="dest"
    ),
    Script(
        name="seattle_weather",
        model=seattle_weather.model(seattle_weather.TARGETS["temp_max"]),
        run=partial(seattle_weather.run, target="temp_max"),
        rows=forty_days(),
        number="wind",
        text="weather",
    ),
]
IDS = [script.name for script in SCRIPTS]


def output(folder: Path) -> list[list[str]]:
    """The cells that a run wrote to its three parts."""
    return [
        line.split(",")
        for split in ("train", "validation", "test")
        for path in sorted((folder / split).glob("part-*"))
        for line in path.read_text().splitlines()
    ]
