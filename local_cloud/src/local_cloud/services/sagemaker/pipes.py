"""Channels of InputMode Pipe: what a host gets of a channel comes through a named pipe, once an epoch.

The pipe of the first epoch is ``/opt/ml/input/data/<channel>_0``; that of the next one is there before the container
has read the end of the one before.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html (CompressionType, RecordWrapperType)

That AWS decompresses what is Gzip on its way into the pipe is not verified.
"""

import contextlib
import errno
import functools
import gzip
import itertools
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from local_cloud.containers.sagemaker import recordio
from local_cloud.kernel import runtime
from local_cloud.kernel.work import Work
from local_cloud.services.sagemaker.job_files import Item

_LOOK_SECONDS = 0.02
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Pipe:
    """A channel of a host.

    Args:
        folder: of the host's channels.
        channel: an item of InputDataConfig.
        items: gives what comes in an epoch, which is counted from 0.
    """

    folder: Path
    channel: Mapping[str, Any]
    items: Callable[[int], list[Item]]

    def place(self, epoch: int) -> Path:
        """The named pipe of an epoch."""
        return self.folder / f"{self.channel['ChannelName']}_{epoch}"


class Feed:
    """Feeds pipes as long as it is entered.

    Args:
        client: of S3, with the job's role.
        pipes: those of all hosts; their first named pipes come to be at once.
    """

    def __init__(self, client: Any, pipes: list[Pipe]) -> None:
        self._client = client
        self._pipes = pipes
        self._over = threading.Event()
        self._works: list[Work] = []
        self._errors: list[Exception] = []
        for pipe in pipes:
            os.mkfifo(pipe.place(0))

    def __enter__(self) -> Self:
        self._works = [
            runtime.current().background.start(f"pipe {pipe.place(0).name}", functools.partial(self._feed, pipe))
            for pipe in self._pipes
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for work in self._works:
            work.wait()
        # A container that ended well without its data would look as if it had had them.
        if error is None and self._errors:
            raise self._errors[0]

    def _feed(self, pipe: Pipe, _: Work) -> None:
        try:
            for epoch in itertools.count():
                with self._opened(pipe.place(epoch)) as stream:
                    if stream is None:
                        return
                    os.mkfifo(pipe.place(epoch + 1))
                    # Whoever has read enough closes it.
                    with contextlib.suppress(BrokenPipeError):
                        for item in pipe.items(epoch):
                            self._write(stream, item, pipe.channel)
                            stream.flush()
        except Exception as error:  # noqa: BLE001  # whatever it is, the job tells it
            self._errors.append(error)

    @contextlib.contextmanager
    def _opened(self, place: Path) -> Iterator[IO[bytes] | None]:
        """A named pipe, once somebody reads it; None if nobody does until the containers have ended."""
        while not self._over.is_set():
            try:
                number = os.open(place, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                self._over.wait(_LOOK_SECONDS)
                continue
            os.set_blocking(number, True)
            stream = os.fdopen(number, "wb")
            try:
                yield stream
            finally:
                # What is left to write is for nobody if the reader has gone.
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
            return
        yield None

    def _write(self, stream: IO[bytes], item: Item, channel: Mapping[str, Any]) -> None:
        body = self._client.get_object(Bucket=item.bucket, Key=item.key)["Body"]
        content = gzip.GzipFile(fileobj=body) if channel.get("CompressionType") == "Gzip" else body
        if channel.get("RecordWrapperType") == "RecordIO":
            recordio.write_frame(stream, content.read())
        else:
            shutil.copyfileobj(cast("IO[bytes]", content), stream, _CHUNK)
