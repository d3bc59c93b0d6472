"""Runs what a user's script is started by, and finds what went wrong in what it writes.

As ``process.check_error`` of https://github.com/aws/sagemaker-training-toolkit/blob/master/src/sagemaker_training does
it: the words of a failure are all lines from the first one on that names an error.
"""

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local_cloud.containers.sagemaker.programs import TrainingError

_KILLED = 137
# ``_PYTHON_ERRORS_`` and ``_MPI_ERRORS_`` of the toolkit, whose first two are part of the names of most others.
_TELLING = (
    "Exception",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "EOFError",
    "EnvironmentError",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "IOError",
    "ImportError",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "NotADirectoryError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PermissionError",
    "ProcessLookupError",
    "RecursionError",
    "ReferenceError",
    "RuntimeError",
    "SyntaxError",
    "SystemError",
    "TabError",
    "TimeoutError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "ValueError",
    "ZeroDivisionError",
    "Invalid requirement",
    "ResourceExhaustedError",
    "OutOfRangeError",
    "InvalidArgumentError",
    "mpirun.real",
    "ORTE",
    "ExecuteUserScriptError",
)


class ProcessFailedError(TrainingError):
    """A program ended with an error.

    Args:
        kind: name of the toolkit's error.
        command: what was run.
        code: exit code.
        words: of what it wrote; empty when the image does not look.
        older: whether the older toolkit tells it, which says no code:
            https://github.com/aws/sagemaker-containers/blob/master/src/sagemaker_containers/_errors.py
    """

    def __init__(self, kind: str, command: Sequence[str], code: int, words: str, *, older: bool = False) -> None:
        if older:
            super().__init__("\n".join(filter(None, (f"{kind}:", f'Command "{" ".join(command)}"', words))))
            return
        extra = ['ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"'] if code == _KILLED else []
        lines = [f"{kind}:", f"ExitCode {code}", f'ErrorMessage "{words}"', *extra, f'Command "{" ".join(command)}"']
        super().__init__("\n".join(lines))


def run(
    command: Sequence[str],
    *,
    kind: str,
    cwd: Path,
    environment: Mapping[str, str],
    captures: bool,
    older: bool = False,
    telling: Sequence[str] = _TELLING,
) -> None:
    """Run a program to its end; what it writes goes into the log as it comes.

    Args:
        command: a command line.
        kind: name of the toolkit's error when it fails.
        cwd: where it starts.
        environment: all of it.
        captures: whether the failure has the program's words. The toolkit then runs it by a shell, which divides
            arguments with spaces in them.
        older: whether the older toolkit tells of a failure.
        telling: what a line has in it from which on words are kept.

    Raises:
        ProcessFailedError: it failed.
    """
    if not captures:
        words = list(command)
        words[-1] = words[-1].strip('"')
        with _outlived():
            code = subprocess.run(words, cwd=cwd, env=dict(environment), check=False).returncode
        if code:
            raise ProcessFailedError(kind, command, code, "", older=older)
        return
    with (
        _outlived(),
        subprocess.Popen(  # noqa: S602  # by a shell, as the toolkit does
            " ".join(command),
            shell=True,
            cwd=cwd,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101  # both were asked for
        assert process.stderr is not None  # noqa: S101
        readers = [_Reader(stream, telling) for stream in (process.stdout, process.stderr)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    if process.returncode:
        lines = " ".join(" ".join(reader.kept) for reader in readers).split("\n")
        said = "\n".join(dict.fromkeys(lines)).strip()
        raise ProcessFailedError(kind, command, process.returncode, said, older=older)


@contextmanager
def _outlived() -> Iterator[None]:
    """Leave a stop to the program: what is left of a container when its first process ends is killed at once.

    A handler and not SIG_IGN, which the program would inherit.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Reader(threading.Thread):
    """Writes a stream into the log, and keeps what tells an error.

    Args:
        stream: of the program.
        telling: what a line has in it from which on all are kept.
    """

    def __init__(self, stream: IO[bytes], telling: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self._stream, self._telling = stream, telling
        # In their order; a script may write a million lines after the first that tells.
        self.kept = dict[str, None]()

    def run(self) -> None:
        """Until the stream ends."""
        for data in self._stream:
            line = data.decode("utf-8", errors="replace").rstrip("\r\n")
            print(line, flush=True)  # noqa: T201  # the log is the interface
            if self.kept or any(name in line for name in self._telling):
                self.kept[line.strip(" :\n") + "\n"] = None
