"""What keeps the demo from running, told before anything is installed."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perennial import cli
from perennial.demo import ready
from tests.conftest import ROOT
from tests.unit.perennial.test_target import server


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on which speaks no HTTP."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield int(listener.getsockname()[1])


def test_a_taken_port_is_told_with_what_to_type(taken: int) -> None:
    (problem,) = ready.of_port(taken, state_dir="demo")
    assert problem == f"port {taken} is taken; choose another one: `make demo PORT={taken + 1}`"


def test_another_local_cloud_is_left_alone_and_the_demo_s_own_one_gives_its_port_up(tmp_path: Path) -> None:
    mine, demo = tmp_path / "mine", tmp_path / "demo"
    with server(f'{{"state_dir": "{mine}"}}'.encode()) as url:
        port = int(url.rpartition(":")[2])
        (problem,) = ready.of_port(port, state_dir=str(demo))
        assert f"taken by the local cloud on {mine}, which the demo leaves alone" in problem
        assert not list(ready.of_port(port, state_dir=str(mine)))


def test_a_free_port_is_no_problem() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert not list(ready.of_port(port, state_dir="demo"))


def test_an_old_python_and_one_without_venv_are_told() -> None:
    (problem,) = ready.of_python((3, 10, 4))
    assert "3.11 or newer is needed, got 3.10;" in problem
    (problem,) = ready.of_python((3, 11, 0), venv="no_such_module")
    assert "install its venv package" in problem
    assert not list(ready.of_python((3, 12, 1)))


def test_it_needs_no_package(taken: int) -> None:
    # Isolated from what is installed.
    command = [sys.executable, "-I", "-S", "-c", _ISOLATED.format(root=str(ROOT), port=taken)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"error: port {taken} is taken;")


_ISOLATED = """
import sys
sys.path.insert(0, {root!r})
sys.argv = ["ready", "--port", "{port}"]
from perennial.demo import ready
sys.exit(ready.main())
"""


def test_the_demo_itself_looks_first_too(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--port", str(taken)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error: port {taken} is taken;")
