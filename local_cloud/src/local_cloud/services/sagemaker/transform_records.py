"""Cuts an object into records, and puts records together into requests.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html (SplitType)
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html (BatchStrategy)
    https://github.com/aws/sagemaker-python-sdk, src/sagemaker/local/data.py (what local mode does of it)
    https://github.com/dmlc/dmlc-core, include/dmlc/recordio.h and
    https://www.tensorflow.org/tutorials/load_data/tfrecord (the two binary formats)
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Literal, Protocol, TypeVar

from local_cloud.kernel.errors import LocalCloudError

SplitType = Literal["None", "Line", "RecordIO", "TFRecord"]
MEGABYTE = 1024**2
# More than any request may have; a record that is longer is not read to its end, unless requests have no bound.
_LONGEST = 128 * MEGABYTE

_MAGIC = 0xCED7230A
_RECORD_IO = struct.Struct("<II")
# The three bits above the length say whether a frame is only a part of a record.
_LENGTH_BITS = 29
_ALIGNED = 4
_TF_HEAD = struct.Struct("<Q4x")
_TF_TAIL = 4


class RecordError(LocalCloudError):
    """An object is not in the form that the job says, or a record is too large."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record.

    Args:
        content: what it holds.
        wrapped: with what the format puts around it.
    """

    content: bytes
    wrapped: bytes


def split(stream: IO[bytes], split_type: SplitType, *, bounded: bool = True) -> Iterator[Record]:
    """The records of an object.

    A line keeps its end, as in local mode of AWS's SDK; nothing is after the last end, but an empty line in between is
    a record. An object that is not split is one record, and an empty one has none.

    Args:
        stream: gives as many bytes as it is asked for, except at its end.
        split_type: SplitType.
        bounded: whether requests have a bound, so that a record that is far too long need not be read.

    Raises:
        RecordError: it is not in that format.
    """
    if split_type == "RecordIO":
        yield from _record_io(stream)
    elif split_type == "TFRecord":
        yield from _tf_record(stream)
    else:
        yield from _text(stream, by_line=split_type == "Line", longest=_LONGEST if bounded else -1)


def _text(stream: IO[bytes], *, by_line: bool, longest: int) -> Iterator[Record]:
    # What is not split has no second record: the first one is too long then.
    while content := stream.readline(longest) if by_line else stream.read(longest):
        yield Record(content=content, wrapped=content)


def _record_io(stream: IO[bytes]) -> Iterator[Record]:
    while head := stream.read(_RECORD_IO.size):
        if len(head) < _RECORD_IO.size:
            raise _broken("RecordIO", "it ends within the head of a record")
        magic, length = _RECORD_IO.unpack(head)
        if magic != _MAGIC:
            raise _broken("RecordIO", f"a record begins with {magic:#010x} instead of {_MAGIC:#010x}")
        if length >> _LENGTH_BITS:
            raise _broken("RecordIO", "a record is split over several frames; write each into one")
        whole = _read(stream, length + -length % _ALIGNED, "RecordIO")
        yield Record(content=whole[:length], wrapped=head + whole)


def _tf_record(stream: IO[bytes]) -> Iterator[Record]:
    """Checksums are passed on, not looked at."""
    while head := stream.read(_TF_HEAD.size):
        if len(head) < _TF_HEAD.size:
            raise _broken("TFRecord", "it ends within the head of a record")
        (length,) = _TF_HEAD.unpack(head)
        whole = _read(stream, length + _TF_TAIL, "TFRecord")
        yield Record(content=whole[:length], wrapped=head + whole)


def _read(stream: IO[bytes], length: int, form: str) -> bytes:
    if length >> _LENGTH_BITS:
        raise _broken(form, f"a record would have {length} bytes")
    content = stream.read(length)
    if len(content) < length:
        raise _broken(form, f"it ends before the {length} bytes of a record")
    return content


def _broken(form: str, why: str) -> RecordError:
    return RecordError(f"The object is not in the format {form}: {why}")


class Sized(Protocol):
    """What a request is put together of."""

    def __len__(self) -> int:
        """In bytes."""


SizedT = TypeVar("SizedT", bound=Sized)


def batches(records: Iterable[SizedT], *, single: bool, most_bytes: int) -> Iterator[list[SizedT]]:
    """Records that are sent together: one, or as many as fit.

    Args:
        records: what is sent of each.
        single: only one in a request.
        most_bytes: in a request; 0 for any number.

    Raises:
        RecordError: one record alone is too large.
    """
    batch, size = list[SizedT](), 0
    for record in records:
        if most_bytes and len(record) > most_bytes:
            raise RecordError(
                f"Too much data for max payload size: a record has {len(record)} bytes, {most_bytes} are allowed;"
                " split the records, or raise MaxPayloadInMB"
            )
        if batch and (single or (most_bytes and size + len(record) > most_bytes)):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield batch
