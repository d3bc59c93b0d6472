"""The message ``Record`` of recordio-protobuf, in protobuf's wire format.

Tensors are most of it, and numpy reads and writes them as they lie there; for the few bytes around them no library is
needed, of which the images have very different versions.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html (the schema)
    https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10
_MORE, _SEVEN = 0x80, 0x7F
# Numbers of the schema's fields.
_FEATURES, _LABEL, _UID, _METADATA, _CONFIGURATION = 1, 2, 3, 4, 5
_KEY, _VALUE = 1, 2
_VALUES, _KEYS, _SHAPE = 1, 2, 3
_FLOAT32, _FLOAT64, _INT32, _BYTES = 2, 3, 7, 9
_TYPES: Mapping[int, np.dtype[Any]] = {
    _FLOAT32: np.dtype("<f4"),
    _FLOAT64: np.dtype("<f8"),
    _INT32: np.dtype("<i4"),
}
_PACKED_AS = {_FLOAT32: _FIXED32, _FLOAT64: _FIXED64, _INT32: _VARINT}


class RecordError(ValueError):
    """Data that are not recordio-protobuf, or not what is needed; the message names the record."""


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A vector, or a tensor that is written as one.

    Args:
        values: all of them, or of a sparse one those that are there; float32, float64 or int32.
        keys: where each value of a sparse one belongs; None for a dense one.
        shape: of the tensor; must be there for a sparse one by the schema, which some writers leave out.
    """

    values: npt.NDArray[Any]
    keys: npt.NDArray[np.uint64] | None = None
    shape: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """How many values it has, those that are not there included."""
        if self.shape:
            return prod(self.shape)
        if self.keys is None:
            return len(self.values)
        return int(self.keys.max()) + 1 if self.keys.size else 0

    def dense(self, width: int, *, fill: float = 0.0) -> npt.NDArray[Any]:
        """All values.

        Args:
            width: how many there shall be; at least its own.
            fill: stands where there is none.
        """
        if self.keys is None:
            return self.values
        found = np.full(width, fill, self.values.dtype)
        found[self.keys.astype(np.int64)] = self.values
        return found


@dataclass(frozen=True, kw_only=True)
class Record:
    """One row of a data set, or one answer of a model.

    Args:
        features: by their names; a vector is named ``values``.
        label: likewise; what a model answers stands here too.
        uid: names the row.
        metadata: for people.
        configuration: JSON for the algorithm.
    """

    features: Mapping[str, Tensor] = field(default_factory=dict)
    label: Mapping[str, Tensor] = field(default_factory=dict)
    uid: str = ""
    metadata: str = ""
    configuration: str = ""


def parse(message: bytes) -> Record:
    """Read a message.

    Raises:
        RecordError: it is none, or holds something else than tensors.
    """
    vectors: dict[int, dict[str, Tensor]] = {_FEATURES: {}, _LABEL: {}}
    texts = {_UID: "", _METADATA: "", _CONFIGURATION: ""}
    for number, kind, content in _fields(message):
        if kind != _LENGTH:
            continue
        if number in vectors:
            entry = {inner: part for inner, part_kind, part in _fields(content) if part_kind == _LENGTH}
            vectors[number][_text(entry.get(_KEY, b""))] = _value(entry.get(_VALUE, b""))
        elif number in texts:
            texts[number] = _text(content)
    return Record(
        features=vectors[_FEATURES],
        label=vectors[_LABEL],
        uid=texts[_UID],
        metadata=texts[_METADATA],
        configuration=texts[_CONFIGURATION],
    )


def serialize(record: Record) -> bytes:
    """Write a message.

    Raises:
        RecordError: a tensor is of another type than the three of the schema.
    """
    parts = [
        _packed(number, _packed(_KEY, name.encode()) + _packed(_VALUE, _written(tensor)))
        for number, tensors in ((_FEATURES, record.features), (_LABEL, record.label))
        for name, tensor in tensors.items()
    ]
    texts = ((_UID, record.uid), (_METADATA, record.metadata), (_CONFIGURATION, record.configuration))
    return b"".join([*parts, *(_packed(number, text.encode()) for number, text in texts if text)])


def _value(message: bytes) -> Tensor:
    found = None
    for number, kind, content in _fields(message):
        if number == _BYTES:
            raise RecordError("holds bytes (for example an image), only tensors are read")
        # Of several the last one counts, which protobuf says of a oneof.
        if number in _TYPES and kind == _LENGTH:
            found = _tensor(content, number)
    if found is None:
        raise RecordError("has a feature or a label without a value")
    return found


def _tensor(message: bytes, of: int) -> Tensor:
    parts: dict[int, list[npt.NDArray[Any]]] = {_VALUES: [], _KEYS: [], _SHAPE: []}
    for number, kind, content in _fields(message):
        if number not in parts:
            continue
        single = _PACKED_AS[of] if number == _VALUES else _VARINT
        if kind not in {_LENGTH, single}:
            raise RecordError(f"field {number} of a tensor has protobuf's wire type {kind}")
        # A repeated field may stand there number by number too.
        parts[number].append(_numbers(content, _TYPES[of]) if number == _VALUES else _varints(content))
    values, keys, shape = (np.concatenate(found) if found else None for found in parts.values())
    if values is None:
        values = np.empty(0, _TYPES[of])
    if keys is not None and len(keys) != len(values):
        raise RecordError(f"has {len(values)} values and {len(keys)} keys")
    tensor = Tensor(values=values, keys=keys, shape=() if shape is None else tuple(int(size) for size in shape))
    if keys is not None and keys.size and int(keys.max()) >= tensor.width:
        raise RecordError(f"has a value at {int(keys.max())}, beyond its shape {list(tensor.shape)}")
    return tensor


def _numbers(content: bytes, of: np.dtype[Any]) -> npt.NDArray[Any]:
    if of.kind == "i":
        return _varints(content).view(np.int64).astype(of)
    if len(content) % of.itemsize:
        raise RecordError(f"has {len(content)} bytes of values, which are no multiple of {of.itemsize}")
    return np.frombuffer(content, of)


def _varints(content: bytes) -> npt.NDArray[np.uint64]:
    raw = np.frombuffer(content, np.uint8)
    if not raw.size:
        return np.empty(0, np.uint64)
    ends = np.flatnonzero(raw < _MORE)
    if not ends.size or ends[-1] != raw.size - 1:
        raise RecordError("ends within a number")
    starts = np.concatenate(([0], ends[:-1] + 1))
    places = np.arange(raw.size) - np.repeat(starts, ends - starts + 1)
    if places.max() >= _LONGEST_VARINT:
        raise RecordError(f"has a number of more than {_LONGEST_VARINT} bytes")
    return np.bitwise_or.reduceat((raw & _SEVEN).astype(np.uint64) << (7 * places).astype(np.uint64), starts)


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and content of each field."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            end = _varint(message, place)[1]
        elif kind == _LENGTH:
            length, place = _varint(message, place)
            end = place + length
        elif kind in _FIXED_SIZES:
            end = place + _FIXED_SIZES[kind]
        else:
            raise RecordError(f"is no protobuf message: it has a field of wire type {kind}")
        if end > len(message):
            raise RecordError("is no protobuf message: it ends within a field")
        yield number, kind, message[place:end]
        place = end


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A number, and where it ends."""
    found = 0
    for shift in range(_LONGEST_VARINT):
        if place + shift >= len(message):
            break
        byte = message[place + shift]
        found |= (byte & _SEVEN) << (7 * shift)
        if byte < _MORE:
            return found, place + shift + 1
    raise RecordError("is no protobuf message: it ends within a number")


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def _written(tensor: Tensor) -> bytes:
    values = np.ascontiguousarray(tensor.values).reshape(-1)
    number = next((number for number, of in _TYPES.items() if values.dtype == of), None)
    if number is None:
        raise RecordError(f"a tensor of {values.dtype} cannot be written, only float32, float64 and int32")
    if number == _INT32:
        content = _as_varints(int(value) % 2**64 for value in values)
    else:
        content = values.astype(_TYPES[number], copy=False).tobytes()
    parts = (
        (_VALUES, content),
        (_KEYS, _as_varints(int(key) for key in tensor.keys) if tensor.keys is not None else b""),
        (_SHAPE, _as_varints(tensor.shape)),
    )
    return _packed(number, b"".join(_packed(inner, part) for inner, part in parts if part))


def _packed(number: int, content: bytes) -> bytes:
    return _as_varints((number << 3 | _LENGTH, len(content))) + content


def _as_varints(numbers: Iterable[int]) -> bytes:
    written = bytearray()
    for number in numbers:
        rest = number
        while rest >= _MORE:
            written.append(rest & _SEVEN | _MORE)
            rest >>= 7
        written.append(rest)
    return bytes(written)
