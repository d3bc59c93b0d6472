"""Subprocesses of the local cloud: every job runs in its own process group, and none outlives the server."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.kernel import forked, opt_ml
from local_cloud.kernel.clock import Countdown
from local_cloud.kernel.errors import JobError
from local_cloud.kernel.forked import Forked

_LOOK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Completed:
    """How a process ended.

    Args:
        returncode: exit code; negative for a signal.
        timed_out: True when the process was stopped because its time was up.
        stopped: True when somebody stopped it on purpose.
    """

    returncode: int
    timed_out: bool
    stopped: bool


class JobProcess:
    """One running job process with its whole process group."""

    def __init__(self, process: "subprocess.Popen[bytes] | Forked") -> None:
        self._process = process
        self._stopped = False

    @property
    def pid(self) -> int:
        """Process id, also the id of the process group."""
        return self._process.pid

    def stop(self, *, grace_seconds: float = 2.0) -> None:
        """SIGTERM to the group, SIGKILL after the grace time."""
        self._stopped = True
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_seconds)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> None:
        """SIGTERM to the group; whoever sends it waits for the end."""
        self._stopped = True
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the group."""
        self._signal(signal.SIGKILL)

    def ends_within(self, seconds: float) -> bool:
        """Whether it has ended; waits for it that long, in real time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait(self, *, limit: Countdown | None = None, timeout_seconds: float | None = None) -> Completed:
        """Wait for the end; a process whose time is up is stopped.

        Args:
            limit: time on the virtual clock.
            timeout_seconds: real time.
        """
        timed_out = False
        try:
            self._wait_for(limit) if limit else self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
            self.stop()
        return Completed(
            returncode=self._process.returncode, timed_out=timed_out, stopped=self._stopped and not timed_out
        )

    def _wait_for(self, limit: Countdown) -> None:
        while True:
            try:
                self._process.wait(limit.next_look())
            except subprocess.TimeoutExpired:
                if limit.is_over():
                    raise
            else:
                return

    def wait_for_group(self, timeout_seconds: float) -> None:
        """Wait until what the process started has ended too, and end what has not by then."""
        end = time.monotonic() + timeout_seconds
        while time.monotonic() < end:
            if not self.has_group():
                return
            time.sleep(_LOOK_SECONDS)
        self.kill()

    def has_group(self) -> bool:
        """True until all that the process started has ended too."""
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            # The second is what macOS says of a group that nobody has collected yet.
            return False
        return True

    def is_running(self) -> bool:
        """True until the process has ended."""
        return self._process.poll() is None

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def exit_code(returncode: int) -> int:
    """As a container tells it: 128 and the number of the signal that ended its program."""
    return 128 - returncode if returncode < 0 else returncode


class ProcessSupervisor:
    """Starts job processes and stops all of them when the server stops.

    Args:
        run_dir: keeps a file for each running process, for `reap_orphans`.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._lock = threading.Lock()
        self._running: set[JobProcess] = set()
        self._closed = False

    def start(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        log: Path,
        stdin: socket.socket | None = None,
        own: Path | None = None,
    ) -> JobProcess:
        """Start a process with exactly the given environment; stdout and stderr go to the log file.

        Args:
            argv: its command.
            environment: all of it.
            cwd: where it starts.
            log: gets its output.
            stdin: what it reads, None for nothing.
            own: a folder that it has as its /opt/ml, if the system allows that.

        Raises:
            JobError: the program does not exist, or the server is stopping.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if self._closed:
                raise JobError("the local cloud is stopping and starts no new job")
            with log.open("ab") as out:
                try:
                    process = _start(argv, environment=environment, cwd=cwd, log=out.fileno(), stdin=stdin, own=own)
                except OSError as error:
                    raise JobError(f"cannot start {argv[0]}: {error}") from error
            job = JobProcess(process)
            self._running.add(job)
            self._run_dir.mkdir(parents=True, exist_ok=True)
            (self._run_dir / str(job.pid)).write_text(_started(job.pid), encoding="utf-8")
        threading.Thread(target=self._forget_when_done, args=(job,), daemon=True).start()
        return job

    @property
    def is_closed(self) -> bool:
        """True once the server stops: a process that ends from then on was ended by it."""
        return self._closed

    def stop_all(self) -> None:
        """Refuse new processes and stop the running ones."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for job in running:
            job.stop()

    def kill(self, job: JobProcess) -> None:
        """SIGKILL to what there is left of a process and its group."""
        with self._lock:
            # The number of one that is gone may be somebody else's by now.
            if job in self._running:
                job.kill()

    def _forget_when_done(self, job: JobProcess) -> None:
        job.wait()
        # What it left running in the background ends with the server, too.
        while job.has_group():
            time.sleep(_LOOK_SECONDS)
        with self._lock:
            self._running.discard(job)
            (self._run_dir / str(job.pid)).unlink(missing_ok=True)


def _start(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    log: int,
    stdin: socket.socket | None,
    own: Path | None,
) -> "subprocess.Popen[bytes] | Forked":
    file = stdin.fileno() if stdin else None
    root = own if own is not None and opt_ml.is_own() else None
    return forked.start(argv, environment=environment, cwd=cwd, log=log, stdin=file, own=root) or subprocess.Popen(
        list(argv) if root is None else opt_ml.command(argv, root),
        env=dict(environment),
        cwd=cwd,
        stdin=subprocess.DEVNULL if file is None else file,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def reap_orphans(run_dir: Path) -> None:
    """End the process groups that a killed server left behind."""
    for file in run_dir.glob("*"):
        pid = int(file.name)
        # The number may belong to somebody else by now; then its start time differs.
        if _started(pid) and _started(pid) == file.read_text(encoding="utf-8"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        file.unlink(missing_ok=True)


def _started(pid: int) -> str:
    """When a process started, empty when it does not run."""
    if Path("/proc/self/stat").exists():
        try:
            # Field 22; the second one, the name in parentheses, may hold spaces.
            return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        except OSError:
            return ""
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607  # POSIX names the program, not its folder
    return answer.stdout.strip()
