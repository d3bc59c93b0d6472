"""Templates of the synthesised stacks."""

import json
from pathlib import Path

import pytest

import app as perennial_app
from config.loader import load
from tests.infrastructure import nag
from tests.infrastructure.templates import Template


@pytest.fixture(scope="session")
def stacks(assembly: Path) -> dict[str, Template]:
    """Templates by stack name."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in assembly.glob("*.template.json")
    }


@pytest.fixture(scope="session")
def sandbox(stacks: dict[str, Template]) -> Template:
    """The training account."""
    return stacks["PerennialSandbox"]


@pytest.fixture(params=["PerennialSandbox", "PerennialQa", "PerennialProd"])
def each(request: pytest.FixtureRequest, stacks: dict[str, Template]) -> Template:
    """Every account."""
    return stacks[request.param]


@pytest.fixture(params=["PerennialQa", "PerennialProd"])
def serving(request: pytest.FixtureRequest, stacks: dict[str, Template]) -> Template:
    """The accounts that only serve."""
    return stacks[request.param]


@pytest.fixture(scope="session")
def nagged(tmp_path_factory: pytest.TempPathFactory) -> nag.Report:
    """What cdk-nag says of the app as it is configured."""
    return nag.check(
        lambda application: perennial_app.build(application, load(), commit="0" * 40), tmp_path_factory.mktemp("nagged")
    )
