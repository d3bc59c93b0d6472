"""Job processes: their ends, and what a killed server leaves behind."""

import os
import sys
from pathlib import Path

import pytest

from local_cloud.kernel.errors import JobError
from local_cloud.kernel.processes import JobProcess, ProcessSupervisor, reap_orphans
from local_cloud.testing.waiting import until

_SLEEP = "import time; time.sleep(60)"


def _start(supervisor: ProcessSupervisor, folder: Path, code: str) -> JobProcess:
    return supervisor.start([sys.executable, "-c", code], environment={}, cwd=folder, log=folder / "log.txt")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_has_exactly_the_environment_it_is_given(tmp_path: Path) -> None:
    supervisor = ProcessSupervisor(tmp_path / "run")
    process = supervisor.start(
        [sys.executable, "-c", "import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))"],
        environment={"ONLY": "this"},
        cwd=tmp_path,
        log=tmp_path / "log.txt",
    )

    completed = process.wait(timeout_seconds=600)

    assert (completed.returncode, completed.timed_out, completed.stopped) == (0, False, False)
    assert (tmp_path / "log.txt").read_text(encoding="utf-8").strip() == "['ONLY']"


def test_a_process_whose_time_is_up_is_stopped(tmp_path: Path) -> None:
    process = _start(ProcessSupervisor(tmp_path / "run"), tmp_path, _SLEEP)

    completed = process.wait(timeout_seconds=0.1)

    assert (completed.timed_out, completed.stopped) == (True, False)
    assert not process.is_running()


def test_stopping_the_supervisor_stops_all_and_starts_no_more(tmp_path: Path) -> None:
    supervisor = ProcessSupervisor(tmp_path / "run")
    process = _start(supervisor, tmp_path, _SLEEP)

    supervisor.stop_all()

    assert not process.is_running()
    with pytest.raises(JobError, match="is stopping"):
        _start(supervisor, tmp_path, _SLEEP)


def test_orphans_are_reaped_with_their_children(tmp_path: Path) -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_SLEEP!r}])"
    process = _start(ProcessSupervisor(tmp_path / "run"), tmp_path, child)

    reap_orphans(tmp_path / "run")

    assert process.wait(timeout_seconds=600).returncode < 0
    assert list((tmp_path / "run").glob("*")) == []


def test_a_number_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path: Path) -> None:
    process = _start(ProcessSupervisor(tmp_path / "elsewhere"), tmp_path, _SLEEP)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / str(process.pid)).write_text("another start time", encoding="utf-8")

    reap_orphans(tmp_path / "run")

    assert _is_alive(process.pid)
    process.stop()


def test_a_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot start /no/such/program"):
        ProcessSupervisor(tmp_path / "run").start(
            ["/no/such/program"], environment={}, cwd=tmp_path, log=tmp_path / "log.txt"
        )


def _outliving(seconds: float) -> str:
    child = f"import time; time.sleep({seconds}); open('ended', 'w').close()"
    return f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"


def test_what_outlives_its_parent_is_waited_for(tmp_path: Path) -> None:
    process = _start(ProcessSupervisor(tmp_path / "run"), tmp_path, _outliving(0.2))
    process.wait(timeout_seconds=600)

    process.wait_for_group(60)

    assert (tmp_path / "ended").exists()


def test_what_outlives_the_wait_is_ended(tmp_path: Path) -> None:
    process = _start(ProcessSupervisor(tmp_path / "run"), tmp_path, _outliving(60))
    process.wait(timeout_seconds=600)

    process.wait_for_group(0.1)

    # A negative number means the whole group.
    until(lambda: not _is_alive(-process.pid))
    assert not (tmp_path / "ended").exists()


def test_what_a_process_left_running_ends_with_the_server(tmp_path: Path) -> None:
    supervisor = ProcessSupervisor(tmp_path / "run")
    child = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {_SLEEP!r}]).pid)"
    process = _start(supervisor, tmp_path, child)
    process.wait(timeout_seconds=600)
    left = int((tmp_path / "log.txt").read_text(encoding="utf-8"))
    assert _is_alive(left)

    supervisor.stop_all()

    until(lambda: not process.has_group())
    until(lambda: not list((tmp_path / "run").glob("*")))


def test_what_a_process_left_running_can_be_ended_alone(tmp_path: Path) -> None:
    supervisor = ProcessSupervisor(tmp_path / "run")
    process = _start(
        supervisor, tmp_path, f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {_SLEEP!r}])"
    )
    process.wait(timeout_seconds=600)

    supervisor.kill(process)

    until(lambda: not process.has_group())
