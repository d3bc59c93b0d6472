"""Patterns of files, as build specifications have them."""

import re
from collections.abc import Iterable
from pathlib import Path


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern with ``*``, ``**`` and ``?``; the first and the last stay within a folder."""
    pattern = pattern.removeprefix("./")
    text, position = "", 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            text, position = f"{text}(?:.*/)?", position + 3
        elif pattern.startswith("**", position):
            text, position = f"{text}.*", position + 2
        else:
            character = pattern[position]
            text += {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
            position += 1
    return re.compile(text, re.DOTALL)


def files(folder: Path, patterns: Iterable[str], *, excluded: Iterable[str] = ()) -> list[Path]:
    """The files below a folder that match one of some patterns, and none of others; in the order of their paths."""
    wanted, unwanted = [compiled(pattern) for pattern in patterns], [compiled(pattern) for pattern in excluded]
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or not any(pattern.fullmatch(name) for pattern in wanted):
            continue
        if not any(pattern.fullmatch(name) for pattern in unwanted):
            found.append(path)
    return found


def folders(folder: Path, pattern: str) -> list[Path]:
    """The folders below a folder that match a pattern."""
    plain = pattern.rstrip("/").removeprefix("./")
    if not set("*?") & set(plain):
        found = folder / plain
        return [found] if found.is_dir() else []
    wanted = compiled(plain)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_dir() and wanted.fullmatch(path.relative_to(folder).as_posix())
    ]
