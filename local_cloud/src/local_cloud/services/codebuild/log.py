"""The log of a build: a file of the server's, whose lines go to CloudWatch Logs while the build runs.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-logs.html
"""

import contextlib
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.kernel import runtime
from local_cloud.kernel.work import Work

_PAUSE_SECONDS = 0.5
_LONGEST_EVENT = 20_000
_MOST_EVENTS_A_CALL = 500
# A call has room for a megabyte, and a byte that is no text becomes a character of three.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
_MOST_BYTES_A_CALL = 300_000
# The first byte of a character that has several, in UTF-8.
_LEADING = 0xC0


class Log:
    """Takes what is said of a build, and what its commands write.

    Args:
        file: of the server's.
        client: of CloudWatch Logs, as the build's role; None when the project wants no log there.
        group: log group.
        stream: log stream.
    """

    def __init__(self, file: Path, *, client: Any, group: str, stream: str) -> None:
        self.file = file
        self._client = client
        self._group, self._stream = group, stream
        self._sent = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._pump: Work | None = None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    def open(self) -> None:
        """Make the stream, and its group unless that is there.

        Raises:
            ClientError: the role may not.
            JobError: the machine has no thread left.
        """
        if self._client is None:
            return
        try:
            self._make_stream()
        except self._client.exceptions.ResourceNotFoundException:
            with contextlib.suppress(self._client.exceptions.ResourceAlreadyExistsException):
                self._client.create_log_group(logGroupName=self._group)
            self._make_stream()
        self._pump = runtime.current().background.start(f"sending {self.file.name}", self._send_now_and_then)

    def _make_stream(self) -> None:
        with contextlib.suppress(self._client.exceptions.ResourceAlreadyExistsException):
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)

    def say(self, text: str) -> None:
        """A line of CodeBuild's own."""
        now = runtime.current().clock.now().strftime("%Y/%m/%d %H:%M:%S.%f")
        self.write(f"[Container] {now} {text}\n")

    def write(self, text: str) -> None:
        """Add to the log."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write(text)

    def close(self) -> None:
        """Send the rest."""
        self._ended.set()
        if self._pump is not None:
            self._pump.wait()
        self._send(whole=True)

    def _send_now_and_then(self, work: Work) -> None:
        while not self._ended.wait(_PAUSE_SECONDS) and not work.is_stopping:
            self._send(whole=False)

    def _send(self, *, whole: bool) -> None:
        """Send complete lines, or all that is there; what was not taken is sent the next time."""
        if self._client is None or self._pump is None:
            return
        # A role that may make the stream and not write to it gets no log, as on AWS.
        with self._lock, contextlib.suppress(ClientError, BotoCoreError):
            while pieces := self._unsent(whole=whole):
                # CloudWatch Logs takes no event of the future, which the virtual clock may be in.
                now = int(time.time() * 1000)
                self._client.put_log_events(
                    logGroupName=self._group,
                    logStreamName=self._stream,
                    logEvents=[
                        {"timestamp": now, "message": piece.decode("utf-8", errors="replace")} for piece in pieces
                    ],
                )
                self._sent += sum(map(len, pieces))

    def _unsent(self, *, whole: bool) -> list[bytes]:
        """The messages of the next call."""
        with self.file.open("rb") as file:
            file.seek(self._sent)
            content = file.read(_MOST_BYTES_A_CALL)
        if len(content) == _MOST_BYTES_A_CALL or not whole:
            lines = content[: content.rfind(b"\n") + 1]
            # A line that no call has room for goes in several, each without the character that it may end within.
            content = lines or (content[: _character(content)] if len(content) == _MOST_BYTES_A_CALL else b"")
        pieces = [piece for line in content.splitlines(keepends=True) for piece in _pieces(line)]
        return pieces[:_MOST_EVENTS_A_CALL]


def _pieces(line: bytes) -> list[bytes]:
    """A line as events, of which none is too long."""
    # Back and forth without a loss, whatever a command has written.
    text = line.decode("utf-8", errors="surrogateescape")
    return [
        text[start : start + _LONGEST_EVENT].encode("utf-8", errors="surrogateescape")
        for start in range(0, len(text), _LONGEST_EVENT)
    ]


def _character(content: bytes) -> int:
    """Where the last character begins, if it has several bytes; the end otherwise."""
    return next((len(content) - back for back in (1, 2, 3) if content[-back] >= _LEADING), len(content))
