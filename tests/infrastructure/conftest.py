"""Templates of the synthesised stacks."""

import json
from pathlib import Path

import pytest

from config.loader import Config
from tests.infrastructure import nag, variants
from tests.infrastructure.templates import Template


@pytest.fixture(scope="session")
def stacks(assembly: Path) -> dict[str, Template]:
    """Templates of the example fleet by stack name."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in assembly.glob("*.template.json")
    }


@pytest.fixture(scope="session")
def own_stacks(nagged: dict[str, nag.Report]) -> dict[str, Template]:
    """Templates of config/ itself by stack name."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in variants.templates(nagged["as configured"].folder)
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
def nagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, nag.Report]:
    """What cdk-nag says of every configuration, and their assemblies."""

    def check(number: int, config: Config) -> nag.Report:
        return nag.check(lambda app: variants.build(app, config), tmp_path_factory.mktemp(f"nagged-{number}"))

    return {name: check(number, config) for number, (name, config) in enumerate(variants.configurations().items())}
