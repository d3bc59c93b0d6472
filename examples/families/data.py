"""Makes the raw data of the examples: python examples/families/data.py <folder>.

Each set follows a rule that is written here, so that it is known what a model should find.
"""

import csv
import math
import random
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

_FIRST = date(2026, 1, 1)
# salary = BASE + SLOPE * years of management, and noise with a standard deviation of NOISE.
BASE, SLOPE, NOISE = 30_000, 9_500, 8_000
CHILD = 10


def salaries(folder: Path, *, rows: int = 4_000, days: int = 200) -> Path:
    """What people earn by their years of management experience: a straight line with noise."""
    chance = random.Random(7)  # noqa: S311  # an example, not a secret
    lines = []
    for number in range(rows):
        years = round(chance.uniform(0, 20), 1)
        salary = BASE + SLOPE * years + chance.gauss(0, NOISE)
        lines.append((_day(number, rows, days), years, round(salary)))
    return _write(folder / "salary.csv", ("date", "years", "salary"), lines)


PORTS = ("Southampton", "Cherbourg", 'Queenstown, "Cobh"')


def passengers(folder: Path, *, rows: int = 3_000, days: int = 120) -> Path:
    """Who survives the wreck of a ship: mostly women, the rich and children; some cells are missing."""
    chance = random.Random(11)  # noqa: S311  # an example, not a secret
    lines = []
    for number in range(rows):
        ticket, sex, port = chance.choice((1, 2, 3, 3)), chance.choice(("female", "male")), chance.choice(PORTS)
        age, fare = round(chance.uniform(0, 80), 1), round(chance.uniform(5, 30) * (4 - ticket), 2)
        odds = 3.5 * (sex == "female") - 1.2 * (ticket - 2) + 2.5 * (age < CHILD) + 0.8 * (port == PORTS[2]) - 2
        survived = int(chance.random() < 1 / (1 + math.exp(-odds)))
        cells = (_maybe(chance, age, 0.2), _maybe(chance, fare, 0.05), _maybe(chance, port, 0.02))
        lines.append((_day(number, rows, days), ticket, sex, *cells, survived))
    names = ("date", "ticket", "sex", "age", "fare", "port", "survived")
    return _write(folder / "passengers.csv", names, lines)


def _maybe(chance: random.Random, value: object, share: float) -> object:
    return "" if chance.random() < share else value


def _day(number: int, rows: int, days: int) -> str:
    return f"{_FIRST + timedelta(days=number * days // rows):%Y/%m/%d}"


def _write(path: Path, names: Iterable[str], lines: Iterable[Iterable[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(lines)
    return path


# What people say of a thing that they like, and of one that they do not; most other words tell nothing.
_WORDS = {
    "positive": ("wonderful", "delightful", "excellent", "charming", "superb", "lovely"),
    "negative": ("terrible", "dreadful", "awful", "boring", "poor", "broken"),
}
_THINGS = ("film", "book", "meal", "song", "hotel", "game", "play", "phone")
_FORMS = (
    "the {thing} was {word} from the first minute to the last",
    "a {word} {thing}, and we told our friends",
    "I paid for this {thing} and it is {word}",
    'my "{thing}" turned out {word}, as they said',
)


def reviews(folder: Path, *, rows: int = 640, days: int = 120) -> Path:
    """What people write of things: one word in each text decides whether they like it."""
    chance = random.Random(13)  # noqa: S311  # an example, not a secret
    lines = []
    for number in range(rows):
        sentiment = chance.choice(tuple(_WORDS))
        text = chance.choice(_FORMS).format(thing=chance.choice(_THINGS), word=chance.choice(_WORDS[sentiment]))
        lines.append((_day(number, rows, days), sentiment, text))
    return _write(folder / "reviews.csv", ("date", "sentiment", "text"), lines)


ALL = {"passengers": passengers, "reviews": reviews, "salary": salaries}


def main(folder: Path) -> None:
    """Write the raw data of every example, each into a folder of its own."""
    for name, make in ALL.items():
        print(make(folder / name))  # noqa: T201  # what was made


if __name__ == "__main__":
    main(Path(sys.argv[1]))
