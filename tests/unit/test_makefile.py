"""What the Makefile does, and in which order, on a machine where nothing is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from perennial.demo import ready
from tests.conftest import ROOT


def _plan(folder: Path, *arguments: str) -> list[str]:
    """Commands that make would run."""
    make = shutil.which("make")
    assert make, "make is missing; install it"
    nothing = [f"{name}={folder / name}" for name in ("VENV", "CHECKOV", "SDK_V2", "SDK_V3")]
    command = [make, "--dry-run", "--no-print-directory", *arguments, *nothing]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def _installs_checkov(commands: list[str]) -> bool:
    return any("requirements-checkov.txt" in command for command in commands)


def test_the_demo_looks_at_the_machine_before_it_installs(tmp_path: Path) -> None:
    commands = _plan(tmp_path, "demo", "PORT=5700")

    assert commands[0].endswith("-m perennial.demo.ready --port 5700")
    (installs,) = [number for number, command in enumerate(commands) if "pip install" in command]
    assert 0 < installs < len(commands) - 1
    assert commands[-1].endswith("-m perennial demo --port 5700")


def test_the_demo_of_families_looks_first_too(tmp_path: Path) -> None:
    commands = _plan(tmp_path, "demo-families", "PORT=5700")

    assert commands[0].endswith("-m perennial.demo.ready --port 5700")
    assert commands[-1].startswith("PERENNIAL_CONFIG=examples/families ")
    assert commands[-1].endswith("-m perennial demo --families --port 5700")


@pytest.mark.parametrize("target", ["demo", "demo-promotion"])
def test_the_other_demos_make_no_images(target: str, tmp_path: Path) -> None:
    commands = _plan(tmp_path, target)
    assert not [command for command in commands if "images" in command or "--families" in command]


@pytest.mark.parametrize(
    "target", ["demo", "demo-families", "stop", "test-local-cloud", "check", "synth", "faults", "iam-report", "bench"]
)
def test_checkov_is_not_installed_for_what_does_not_need_it(target: str, tmp_path: Path) -> None:
    commands = _plan(tmp_path, target)
    assert any("requirements-dev.txt" in command for command in commands)
    assert not _installs_checkov(commands)


@pytest.mark.parametrize("target", ["install", "test", "test-app", "security", "snapshots"])
def test_checkov_is_installed_for_what_needs_it(target: str, tmp_path: Path) -> None:
    assert _installs_checkov(_plan(tmp_path, target))


@pytest.mark.parametrize(
    ("target", "installed"),
    [("demo", 0), ("install", 0), ("test-app", 0), ("check", 0), ("test", 2), ("test-local-cloud", 2)],
)
def test_other_people_s_sdks_are_installed_for_the_tests_of_the_local_cloud(
    target: str, installed: int, tmp_path: Path
) -> None:
    commands = _plan(tmp_path, target)
    assert len([command for command in commands if "requirements-sagemaker-v" in command]) == installed


def test_the_local_cloud_that_is_stopped_is_the_demo_s(tmp_path: Path) -> None:
    assert _plan(tmp_path, "stop")[-1].endswith(f"-m local_cloud stop --state-dir {ready.STATE_DIR}")
