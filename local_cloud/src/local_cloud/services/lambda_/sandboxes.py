"""Execution environments: processes that import a function once and serve its invocations, one at a time.

As on AWS an environment serves the next invocation of the same code and configuration, keeps its ``/tmp`` and its log
stream, and is gone after a time-out or when its process ended.
Reference: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import contextlib
import json
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_cloud.kernel import runtime
from local_cloud.kernel.processes import Completed
from local_cloud.services.lambda_ import languages

_CHUNK = 65_536
# None at all would make the socket one that does not wait.
_SHORTEST_SECONDS = 0.001
# Each takes the memory of a process with an SDK, some 60 MB.
_MOST_IDLE = 16


class Sandbox:
    """One environment.

    Args:
        variables: of the function, its own and Lambda's, without those that tell of this environment alone.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.is_cold = True
        self._is_spent = False
        version = variables["AWS_LAMBDA_FUNCTION_VERSION"]
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"
        self._folder = runtime.current().settings.scratch_dir / f"lambda-{uuid.uuid4().hex}"
        self._log = self._folder / "log.txt"
        self._seen = 0
        temporary = self._folder / "tmp"
        temporary.mkdir(parents=True)
        command = languages.command(variables)
        self._channel, theirs = socket.socketpair()
        with theirs:
            self.process = runtime.current().processes.start(
                command.argv,
                environment={
                    **command.environment,
                    "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
                    "TMPDIR": str(temporary),
                },
                cwd=Path(variables["LAMBDA_TASK_ROOT"]),
                log=self._log,
                stdin=theirs,
            )

    def run(self, event: Any, context: Mapping[str, Any], *, seconds: float) -> dict[str, Any] | Completed:
        """Serve an invocation.

        Args:
            event: any JSON value.
            context: fields of the handler's second argument.
            seconds: real time it may take.

        Returns:
            What the handler gave or raised, or how the process ended.
        """
        end = time.monotonic() + seconds
        request = json.dumps({"event": event, "context": dict(context)}).encode() + b"\n"
        answer = bytearray()
        try:
            self._channel.settimeout(seconds)
            self._channel.sendall(request)
            while not answer.endswith(b"\n"):
                self._channel.settimeout(max(end - time.monotonic(), _SHORTEST_SECONDS))
                chunk = self._channel.recv(_CHUNK)
                if not chunk:
                    break
                answer += chunk
        except OSError:
            # Its time is up, or it ended while it was asked.
            answer.clear()
        if not answer.endswith(b"\n"):
            return self.process.wait(timeout_seconds=max(end - time.monotonic(), 0.0))
        found: dict[str, Any] = json.loads(answer)
        self._is_spent = found.get("isLast", False)
        return found

    def is_warm(self) -> bool:
        """Whether it can serve one more invocation."""
        return self.process.is_running() and not self._is_spent

    def output(self) -> str:
        """What it printed since the last time."""
        with self._log.open("rb") as file:
            file.seek(self._seen)
            printed = file.read()
        self._seen += len(printed)
        return printed.decode(encoding="utf-8", errors="replace")

    def discard(self) -> None:
        """End it and everything it started."""
        self._channel.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class Sandboxes:
    """The environments that wait for their next invocation, the one that waits longest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Sandbox] = []

    @contextlib.contextmanager
    def lend(self, variables: Mapping[str, str]) -> Iterator[Sandbox]:
        """An environment for one invocation, a warm one if there is one; it is kept if it lives on.

        Args:
            variables: as `Sandbox` takes them; they name code, handler and credentials, so equal ones may share it.

        Raises:
            JobError: the process could not be started.
        """
        sandbox = self._take(variables) or Sandbox(variables)
        try:
            yield sandbox
        except BaseException:
            sandbox.discard()
            raise
        if sandbox.is_warm():
            self._keep(sandbox)
        else:
            sandbox.discard()

    def _take(self, variables: Mapping[str, str]) -> Sandbox | None:
        while True:
            with self._lock:
                found = next((sandbox for sandbox in reversed(self._idle) if sandbox.variables == variables), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if found.is_warm():
                return found
            found.discard()

    def _keep(self, sandbox: Sandbox) -> None:
        sandbox.is_cold = False
        with self._lock:
            self._idle.append(sandbox)
            surplus = self._idle[:-_MOST_IDLE]
            del self._idle[:-_MOST_IDLE]
        for old in surplus:
            old.discard()
