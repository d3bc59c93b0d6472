"""Transforms one object: its records go to the model, and the answers become its result.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    https://github.com/aws/sagemaker-python-sdk, src/sagemaker/local/entities.py (what local mode does)
"""

import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.work import Background
from local_cloud.services.sagemaker import transform_records
from local_cloud.services.sagemaker.transform_records import RecordError
from local_cloud.services.sagemaker.transform_settings import Settings

Ask = Callable[[bytes], bytes]
# More would only wait for each other on one machine; MaxConcurrentTransforms says how many there may be at most.
_MOST_THREADS = 32


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A record.

    Args:
        record: as the object has it.
        request: what is sent of it.
    """

    record: bytes
    request: bytes

    def __len__(self) -> int:
        return len(self.request)


def transform(source: IO[bytes], target: IO[bytes], *, settings: Settings, ask: Ask, background: Background) -> None:
    """Write the result of an object, in the order of its records.

    Args:
        source: the object.
        target: gets the result; what it has got after an error is worth nothing.
        settings: of the job.
        ask: gives the model's answer to a request; called by several threads, if the settings say so.
        background: of the server.

    Raises:
        RecordError: the object is not what the settings say, or a record is too large.
        DataError: a record or an answer is not in its form.
        SelectionError: one does not have what a filter names.
        LocalCloudError: what asking raises.
    """
    batches = transform_records.batches(
        _items(_unpacked(source, settings), settings), single=settings.single, most_bytes=settings.most_bytes
    )
    for batch, answer in _answered(batches, ask, background, min(settings.concurrent, _MOST_THREADS)):
        result = settings.data.result([item.record for item in batch], answer)
        target.write(result)
        if settings.by_line and not result.endswith(b"\n"):
            # Local mode cuts what an answer ends with, and writes one end itself.
            target.write(b"\n")


def _items(source: IO[bytes], settings: Settings) -> Iterator[_Item]:
    try:
        for record in transform_records.split(source, settings.split_type, bounded=settings.megabytes > 0):
            content = record.content if settings.single else record.wrapped
            yield _Item(record=content, request=settings.data.request(content))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RecordError(f"The object is not in the format Gzip: {error}") from error


def _unpacked(source: IO[bytes], settings: Settings) -> IO[bytes]:
    return gzip.GzipFile(fileobj=source) if settings.gzip else source  # type: ignore[return-value]  # typed as no IO


class _Asked:
    """A request under way.

    Args:
        batch: its records.
        ask: gives the answer.
        background: lets it be asked.
    """

    def __init__(self, batch: Sequence[_Item], ask: Ask, background: Background) -> None:
        self.batch = batch
        self._answer: bytes | None = None
        self._error: LocalCloudError | None = None
        self._ask, self._body = ask, b"".join(item.request for item in batch)
        self._work = background.start("a request of a transform job", lambda _: self._run())

    def answer(self) -> bytes:
        """What came of it.

        Raises:
            LocalCloudError: that of asking; or nothing came, because the server stops.
        """
        self._work.wait()
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise RecordError("A request was not answered, see the server's log")
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask(self._body)
        except LocalCloudError as error:
            self._error = error


def _answered(
    batches: Iterable[Sequence[_Item]], ask: Ask, background: Background, most: int
) -> Iterator[tuple[Sequence[_Item], bytes]]:
    under_way: deque[_Asked] = deque()
    for batch in batches:
        if len(under_way) == most:
            first = under_way.popleft()
            yield first.batch, first.answer()
        under_way.append(_Asked(batch, ask, background))
    for asked in under_way:
        yield asked.batch, asked.answer()
