"""A process with an /opt/ml of its own is otherwise like any other one, and nobody else sees anything of it."""

import json
import os
import shutil
import venv
from pathlib import Path

import pytest

from local_cloud.kernel import opt_ml
from local_cloud.kernel.forked import WARM_IMAGES
from local_cloud.kernel.processes import JobProcess, ProcessSupervisor
from local_cloud.testing.waiting import until

pytestmark = [
    pytest.mark.skipif(not opt_ml.is_own(), reason="this system lets nobody here mount anything"),
    pytest.mark.usefixtures("way"),
]
_TELLS = """
import json, os, pathlib
print(json.dumps({
    "given": pathlib.Path("/opt/ml/given").read_text(), "user": os.getuid(), "leads": os.getpid() == os.getsid(0),
    "opt": sorted(os.listdir("/opt")), "ml": sorted(os.listdir("/opt/ml")),
}))
pathlib.Path("/opt/ml/made").write_text("by the program")
"""
_HAS_A_CHILD = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; open('/opt/ml/up', 'w').close(); time.sleep(600)"])
while not pathlib.Path("/opt/ml/up").exists():
    time.sleep(0.05)
pathlib.Path("/opt/ml/new").write_text(str(child.pid))
pathlib.Path("/opt/ml/new").rename("/opt/ml/child")
time.sleep(600)
"""


@pytest.fixture(params=["forked", "started"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As tests have it, and as users do."""
    if request.param == "started":
        monkeypatch.delenv(WARM_IMAGES)
    return str(request.param)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "ml"
    folder.mkdir()
    (folder / "given").write_text("before", encoding="utf-8")
    return folder


def _start(own: Path, text: str) -> JobProcess:
    image = own.parent / "images" / "empty"
    venv.EnvBuilder(symlinks=True).create(image)
    # Named as the program sees it.
    (own / "program.py").write_text(text, encoding="utf-8")
    return ProcessSupervisor(own.parent / "run").start(
        [str(image / "bin" / "python"), "-P", "/opt/ml/program.py"],
        environment={"LC_CTYPE": "C.UTF-8"},
        cwd=own.parent,
        log=own.parent / "log.txt",
        own=own,
    )


def _of_the_machine() -> list[str]:
    return sorted(str(path) for path in Path("/opt").glob("*"))


def test_it_finds_its_folder_there_and_all_else_of_opt(own: Path) -> None:
    before = _of_the_machine()
    log = own.parent / "log.txt"

    completed = _start(own, _TELLS).wait(timeout_seconds=600)

    assert completed.returncode == 0, log.read_text(encoding="utf-8")
    assert json.loads(log.read_text(encoding="utf-8")) == {
        "given": "before",
        "user": os.getuid(),
        "leads": True,
        "opt": sorted({*(Path(path).name for path in before), "ml"}),
        "ml": ["given", "program.py"],
    }
    assert (own / "made").read_text(encoding="utf-8") == "by the program"
    assert _of_the_machine() == before


def test_it_is_stopped_with_what_it_started(own: Path) -> None:
    before = _of_the_machine()
    process = _start(own, _HAS_A_CHILD)
    until(lambda: (own / "child").exists() or None)
    child = int((own / "child").read_text(encoding="utf-8"))

    process.stop()
    process.wait_for_group(600)

    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    # Its mounts are no part of what is removed.
    shutil.rmtree(own.parent)
    assert _of_the_machine() == before


def test_a_program_that_is_not_there_ends_as_in_a_container(own: Path) -> None:
    process = ProcessSupervisor(own.parent / "run").start(
        ["/opt/ml/nothing"], environment={}, cwd=own.parent, log=own.parent / "log.txt", own=own
    )
    assert process.wait(timeout_seconds=600).returncode == 127
    assert "cannot start /opt/ml/nothing: No such file or directory" in (own.parent / "log.txt").read_text()
