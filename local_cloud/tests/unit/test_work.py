"""What runs in the background: found and stopped by its name, and its errors are seen."""

import logging
import sys
import threading
from pathlib import Path

import pytest

import local_cloud
from local_cloud.kernel.processes import ProcessSupervisor
from local_cloud.kernel.work import Background, Work

_SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def _until_stopped(work: Work) -> None:
    while not work.is_stopping:
        threading.Event().wait(0.01)


def test_work_is_found_by_its_name_until_it_ends() -> None:
    background = Background()
    work = background.start("a", _until_stopped)
    assert background.find("a") is work
    assert background.find("b") is None
    assert not work.wait(0)

    background.stop("a")

    assert work.wait(600)
    assert background.find("a") is None
    background.stop("a")


def test_of_several_with_one_name_the_last_one_is_found() -> None:
    background = Background()
    first, last = background.start("a", _until_stopped), background.start("a", _until_stopped)
    background.stop("a")
    assert last.wait(600)
    assert background.find("a") is first
    background.stop_all()
    assert first.wait(600)


def test_an_unforeseen_error_is_logged_with_its_traceback_and_told_and_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background, told = Background(), list[Exception]()
    other = background.start("other", _until_stopped)

    def fail(_: Work) -> None:
        raise ZeroDivisionError("in the middle of it")

    with caplog.at_level(logging.ERROR):
        assert background.start("job", fail, fail=told.append).wait(600)

    assert [str(error) for error in told] == ["in the middle of it"]
    assert "job: unforeseen error" in caplog.text
    assert "Traceback" in caplog.text
    assert "in the middle of it" in caplog.text
    assert background.find("other") is other
    background.stop_all()
    assert other.wait(600)


def test_a_process_is_stopped_with_its_work_whichever_comes_first(tmp_path: Path) -> None:
    supervisor, background = ProcessSupervisor(tmp_path / "run"), Background()
    processes = [supervisor.start(_SLEEP, environment={}, cwd=tmp_path, log=tmp_path / "log") for _ in range(2)]
    held, stopped = threading.Event(), threading.Event()

    def holds(work: Work) -> None:
        work.hold(processes[0])
        held.set()
        processes[0].wait()

    def holds_late(work: Work) -> None:
        stopped.wait()
        work.hold(processes[1])

    early, late = background.start("early", holds), background.start("late", holds_late)
    assert held.wait(600)
    early.stop()
    late.stop()
    stopped.set()

    assert early.wait(600)
    assert late.wait(600)
    assert not any(process.is_running() for process in processes)


def test_after_the_end_of_the_server_nothing_starts() -> None:
    background, ran = Background(), list[str]()
    background.stop_all()
    work = background.start("late", lambda _: ran.append("late"))
    assert work.wait(600)
    assert ran == []
    assert background.find("late") is None


def test_what_is_repeated_goes_on_after_an_error_and_ends_with_the_server(caplog: pytest.LogCaptureFixture) -> None:
    background, looked = Background(), list[int]()
    enough = threading.Event()

    def look() -> None:
        looked.append(len(looked))
        if len(looked) > 2:
            enough.set()
        raise ValueError("one bad item")

    work = background.repeat("watch", look, pause=lambda: threading.Event().wait(0.01))
    assert enough.wait(600)
    background.stop_all()
    assert work.wait(600)
    assert looked[:3] == [0, 1, 2]
    assert "one bad item" in caplog.text


def test_only_the_kernel_starts_threads() -> None:
    root = Path(local_cloud.__file__).parent
    # A container is a process of its own, which its threads end with.
    ours = [path for path in root.rglob("*.py") if "containers" not in path.relative_to(root).parts]
    starting = {str(path.relative_to(root)) for path in ours if "Thread(" in path.read_text(encoding="utf-8")}
    assert starting == {"kernel/processes.py", "kernel/server.py", "kernel/work.py"}
