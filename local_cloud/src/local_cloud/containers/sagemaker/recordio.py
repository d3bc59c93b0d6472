"""Reads and writes recordio-protobuf, the form in which SageMaker's own algorithms like their data best.

A file is a row of frames, and each frame holds one message ``Record``: `record_message` says how that is written.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
    https://github.com/aws/sagemaker-python-sdk, src/sagemaker/amazon/common.py of v2.257.7 (the frames)
"""

import itertools
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from local_cloud.containers.sagemaker import record_message
from local_cloud.containers.sagemaker.record_message import Record, RecordError, Tensor

CONTENT_TYPES = ("application/x-recordio-protobuf", "recordio-protobuf")
# The name under which a vector stands in a record, its features as well as its label.
VALUES = "values"

_MAGIC = 0xCED7230A
_HEAD = struct.Struct("<II")
_ALIGNED = 4
# The three bits above the length say whether a frame is a part of a record: https://github.com/dmlc/dmlc-core
_LENGTH_BITS = 29


@dataclass(frozen=True, kw_only=True)
class Table:
    """The records of a data set as matrices.

    Args:
        features: one row a record.
        labels: one row a record; None if no record has a label.
    """

    features: npt.NDArray[Any]
    labels: npt.NDArray[Any] | None


def read(stream: IO[bytes]) -> Iterator[Record]:
    """All records, one after the other.

    Args:
        stream: of a file or a pipe; it must give as many bytes as it is asked for, but at its end.

    Raises:
        RecordError: it is not in this form.
    """
    for number, frame in enumerate(frames(stream), 1):
        try:
            yield record_message.parse(frame)
        except RecordError as error:
            raise RecordError(f"record {number}: {error}") from error


def frames(stream: IO[bytes]) -> Iterator[bytes]:
    """What the frames hold, which other forms than ``Record`` have too.

    Args:
        stream: as for `read`.

    Raises:
        RecordError: it is not in this form.
    """
    for number in itertools.count(1):
        head = stream.read(_HEAD.size)
        if not head:
            return
        if len(head) < _HEAD.size:
            raise RecordError(f"record {number}: the data end within its first {_HEAD.size} bytes")
        magic, length = _HEAD.unpack(head)
        if magic != _MAGIC:
            raise RecordError(
                f"record {number}: begins with {magic:#010x} instead of {_MAGIC:#010x}, so the data are not recordio"
            )
        if length >> _LENGTH_BITS:
            raise RecordError(f"record {number}: is split over several frames; write each record into one frame")
        content = stream.read(length)
        padding = -length % _ALIGNED
        if len(content) < length or len(stream.read(padding)) < padding:
            raise RecordError(f"record {number}: the data end before its {length} bytes")
        yield content


def write(stream: IO[bytes], records: Iterable[Record]) -> None:
    """Write records as frames.

    Args:
        stream: gets them.
        records: in their order.
    """
    for record in records:
        write_frame(stream, record_message.serialize(record))


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write one frame.

    Args:
        stream: gets it.
        content: of any form.

    Raises:
        RecordError: it is too long for a frame.
    """
    if len(content) >> _LENGTH_BITS:
        raise RecordError(f"a record of {len(content)} bytes does not fit into one frame of {1 << _LENGTH_BITS} bytes")
    stream.write(_HEAD.pack(_MAGIC, len(content)) + content + bytes(-len(content) % _ALIGNED))


def records_of(features: npt.NDArray[Any], labels: npt.NDArray[Any] | None = None) -> Iterator[Record]:
    """The rows of a matrix as dense records.

    Args:
        features: one row a record; of float32, float64 or int32.
        labels: one a record, numbers or rows of them.
    """
    for number, row in enumerate(features):
        label = {} if labels is None else {VALUES: Tensor(values=np.atleast_1d(labels[number]))}
        yield Record(features={VALUES: Tensor(values=row)}, label=label)


def table(records: Iterable[Record], *, width: int | None = None, fill: float = 0.0) -> Table:
    """Records as matrices.

    Args:
        records: each with one vector, ``values``.
        width: number of features; taken from the records if None.
        fill: stands where a sparse record has no value.

    Raises:
        RecordError: a record has no such vector, has another width, or some have labels and others none.
    """
    kept = list(records)
    features = [_vector(record.features, number, "features") for number, record in enumerate(kept, 1)]
    has_label = {bool(record.label) for record in kept}
    if len(has_label) > 1:
        missing = next(number for number, record in enumerate(kept, 1) if not record.label)
        raise RecordError(f"record {missing} has no label, others have one")
    labels = None
    if True in has_label:
        labels = _matrix([_vector(record.label, number, "label") for number, record in enumerate(kept, 1)], None, fill)
    return Table(features=_matrix(features, width, fill), labels=labels)


def _vector(found: Any, number: int, what: str) -> Tensor:
    if VALUES not in found:
        raise RecordError(f"record {number} has no {what} named {VALUES!r}, only {sorted(found)}")
    tensor: Tensor = found[VALUES]
    return tensor


def _matrix(vectors: Sequence[Tensor], width: int | None, fill: float) -> npt.NDArray[Any]:
    if width is None:
        width = max((vector.width for vector in vectors), default=0)
    rows = []
    for number, vector in enumerate(vectors, 1):
        # A sparse vector without a shape ends with its last key.
        if vector.width > width or (vector.width < width and (vector.keys is None or vector.shape)):
            raise RecordError(f"record {number} has {vector.width} values, {width} are needed")
        rows.append(vector.dense(width, fill=fill))
    return np.stack(rows) if rows else np.empty((0, width), np.float32)
