"""Labelled texts, as the channels of a fine-tuning have them."""

import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"__label__(\S+)\s+(.*\S)\s*")


class LineError(ValueError):
    """A line is no labelled text."""


@dataclass(frozen=True)
class Example:
    """One labelled text."""

    label: str
    text: str


def parse(line: str, place: str) -> Example:
    """Read one line.

    Raises:
        LineError: it is no label and text.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        raise LineError(f"{place} is no labelled text: write it like '__label__positive  I like it', got {line[:80]!r}")
    return Example(label=found[1], text=found[2])


def read(folder: str) -> list[Example]:
    """All lines of a channel's files.

    Raises:
        LineError: there are none, or one is no labelled text.
    """
    examples = [
        parse(line, f"{path.name} line {number}")
        for path in sorted(Path(folder).iterdir())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip()
    ]
    if not examples:
        raise LineError(f"there is no labelled text in {folder}; the ETL job must write at least one")
    return examples
