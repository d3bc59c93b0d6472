"""The commands of docs/deploy.md, so that tests run what readers are told to."""

import re
import shlex
from collections.abc import Iterator

from tests.conftest import ROOT

_TEXT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
# Blocks in a list are indented.
_BLOCK = re.compile(r"^ *```sh(?: run=(?P<name>[a-z-]+))?\n(?P<body>.*?)^ *```$", re.DOTALL | re.MULTILINE)


def named() -> dict[str, list[list[str]]]:
    """Words of each command of the blocks that a test runs, by the block's name."""
    return {match["name"]: list(_commands(match["body"])) for match in _BLOCK.finditer(_TEXT) if match["name"]}


def every() -> list[list[str]]:
    """Words of all commands."""
    return [command for match in _BLOCK.finditer(_TEXT) for command in _commands(match["body"])]


def _commands(body: str) -> Iterator[list[str]]:
    for line in body.replace("\\\n", " ").splitlines():
        if line.strip():
            # A placeholder is one word.
            yield shlex.split(re.sub(r"<[^>]*>", "placeholder", line))
