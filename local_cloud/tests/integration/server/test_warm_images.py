"""What is forked from a warm process of an image behaves like a process of that image's Python."""

import json
import os
import signal
import socket
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from local_cloud.kernel.forked import WARM_IMAGES
from local_cloud.kernel.processes import Completed, JobProcess, ProcessSupervisor

_TELLS = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd(), "safe": sys.flags.safe_path,
    "leads": os.getpid() == os.getsid(0), "stdin": sys.stdin.read(), "name": __name__,
}))
"""
_ENDS = {
    "exit": "import sys; print('out'); sys.exit(3)",
    "message": "import sys; sys.exit('a message')",
    "error": "1 / 0",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "end": "import atexit; atexit.register(print, 'last'); print('first')",
    "child": "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True).stdout)",
}


@pytest.fixture(params=["forked", "started"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As tests have it, and as users do."""
    if request.param == "started":
        monkeypatch.delenv(WARM_IMAGES)
    return str(request.param)


@pytest.fixture
def python(tmp_path: Path) -> str:
    folder = tmp_path / "images" / "empty"
    venv.EnvBuilder(symlinks=True).create(folder)
    return str(folder / "bin" / "python")


def _start(python: str, folder: Path, *command: str, more: Mapping[str, str] | None = None) -> JobProcess:
    supervisor = ProcessSupervisor(folder / "run")
    return supervisor.start([python, *command], environment=more or {}, cwd=folder, log=folder / "log.txt")


def _program(folder: Path, text: str) -> str:
    file = folder / "program.py"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.usefixtures("way")
def test_a_process_has_what_it_was_given_and_nothing_else(python: str, tmp_path: Path) -> None:
    file = _program(tmp_path, _TELLS)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"a request")
        ours.shutdown(socket.SHUT_WR)
        process = ProcessSupervisor(tmp_path / "run").start(
            [python, "-P", file, "a", "b"],
            environment={"ONLY": "this", "LC_CTYPE": "C.UTF-8"},
            cwd=tmp_path,
            log=tmp_path / "log.txt",
            stdin=theirs,
        )
        assert process.wait(timeout_seconds=600).returncode == 0
    assert json.loads((tmp_path / "log.txt").read_text(encoding="utf-8")) == {
        "argv": ["a", "b"],
        "environment": {"ONLY": "this", "LC_CTYPE": "C.UTF-8"},
        "folder": str(tmp_path),
        "safe": True,
        "leads": True,
        "stdin": "a request",
        "name": "__main__",
    }


@pytest.mark.parametrize("end", _ENDS)
def test_a_process_ends_as_it_would(end: str, python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _program(tmp_path, _ENDS[end])
    found = []
    for name in ("forked", "started"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "started":
            monkeypatch.delenv(WARM_IMAGES)
        completed = _start(python, folder, "-P", file).wait(timeout_seconds=600)
        lines = (folder / "log.txt").read_text(encoding="utf-8").splitlines()
        # Of a traceback the frames differ.
        found.append((completed, [line for line in lines if not line.startswith(" ")]))
    assert found[0] == found[1]


@pytest.mark.usefixtures("way")
def test_a_process_that_is_killed_at_once_has_ended(python: str, tmp_path: Path) -> None:
    process = _start(python, tmp_path, "-P", _program(tmp_path, "import signal; signal.pause()"))
    process.kill()
    assert process.wait(timeout_seconds=600) == Completed(returncode=-signal.SIGKILL, timed_out=False, stopped=False)
    assert not process.is_running()


@pytest.mark.usefixtures("way")
def test_a_module_of_the_folder_is_found_unless_the_path_is_safe(python: str, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("VALUE = 1", encoding="utf-8")
    file = _program(tmp_path, "import beside")
    assert _start(python, tmp_path, file).wait(timeout_seconds=600).returncode == 0
    assert _start(python, tmp_path, "-P", file).wait(timeout_seconds=600).returncode == 1
    path = {"PYTHONPATH": str(tmp_path)}
    assert _start(python, tmp_path, "-P", "-m", "beside", more=path).wait(timeout_seconds=600).returncode == 0


def test_another_program_is_started_as_it_is(tmp_path: Path) -> None:
    process = _start(sys.executable, tmp_path, "-c", "import os; print(os.getppid())")
    assert process.wait(timeout_seconds=600).returncode == 0
    assert int((tmp_path / "log.txt").read_text(encoding="utf-8")) == os.getpid()
