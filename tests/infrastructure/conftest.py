"""Templates of the synthesised stacks."""

import json
from pathlib import Path
from typing import Any

import pytest

Template = dict[str, Any]


@pytest.fixture(scope="session")
def templates(assembly: Path) -> dict[str, Template]:
    """Templates by stack name."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in assembly.glob("*.template.json")
    }


@pytest.fixture(scope="session")
def sandbox(templates: dict[str, Template]) -> Template:
    """The training account."""
    return templates["PerennialSandbox"]
