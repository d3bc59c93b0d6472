"""Files of arrays as MXNet writes and reads them, which is what models of SageMaker's own algorithms are.

Only dense arrays of float32 and float64 are read, and float32 is written. MXNet has ended, so that nothing of it is
installed. Its format: ``NDArray::Save`` in src/ndarray/ndarray.cc of https://github.com/apache/mxnet; compared with
files of MXNet 1.9.1.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_FILE, _ARRAY = 0x112, 0xF993FAC9
_COUNT, _SMALL = struct.Struct("<Q"), struct.Struct("<I")
# Storage type and number of dimensions; device, its number, and type of the values.
_DENSE, _CPU = 0, 1
_TYPES: Mapping[int, np.dtype[Any]] = {0: np.dtype("<f4"), 1: np.dtype("<f8")}


class ArraysError(ValueError):
    """No file of arrays, or arrays that are not read here."""


def dump(arrays: Mapping[str, Array] | Sequence[Array]) -> bytes:
    """Arrays as a file.

    Args:
        arrays: with or without names.
    """
    names = list(arrays) if isinstance(arrays, Mapping) else []
    values = list(arrays.values()) if isinstance(arrays, Mapping) else list(arrays)
    parts = [_COUNT.pack(_FILE), _COUNT.pack(0), _COUNT.pack(len(values)), *map(_dump_one, values)]
    parts.append(_COUNT.pack(len(names)))
    parts += [_COUNT.pack(len(name.encode())) + name.encode() for name in names]
    return b"".join(parts)


def _dump_one(array: Array) -> bytes:
    head = struct.pack(f"<IiI{array.ndim}qiii", _ARRAY, _DENSE, array.ndim, *array.shape, _CPU, 0, 0)
    return head + np.ascontiguousarray(array, dtype=_TYPES[0]).tobytes()


def load(content: bytes) -> dict[str, Array]:
    """Arrays of a file by their names; those of a file without names are called ``0``, ``1`` and so on.

    Raises:
        ArraysError: it is no such file, or has other arrays.
    """
    reader = _Reader(content)
    if reader.take(_COUNT) != _FILE:
        raise ArraysError("the file does not begin as MXNet's files of arrays do")
    reader.take(_COUNT)
    arrays = [reader.array() for _ in range(reader.count())]
    names = [reader.raw(reader.count()).decode() for _ in range(reader.count())]
    if names and len(names) != len(arrays):
        raise ArraysError(f"the file has {len(arrays)} arrays and {len(names)} names")
    return dict(zip(names or map(str, range(len(arrays))), arrays, strict=True))


class _Reader:
    """Reads one thing after the other.

    Args:
        content: of the file.
    """

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def raw(self, count: int) -> bytes:
        """The next bytes."""
        found = self._content[self._place : self._place + count]
        if len(found) < count:
            raise ArraysError(f"the file ends after {len(self._content)} bytes, {self._place + count} are needed")
        self._place += count
        return found

    def take(self, form: struct.Struct) -> int:
        """The next number."""
        return int(form.unpack(self.raw(form.size))[0])

    def count(self) -> int:
        """The next number, of things of which each takes a byte at least."""
        found = self.take(_COUNT)
        if found > len(self._content):
            raise ArraysError(f"the file says that {found} more things are in its {len(self._content)} bytes")
        return found

    def array(self) -> Array:
        """The next array."""
        magic, storage, dimensions = (self.take(_SMALL) for _ in range(3))
        if magic != _ARRAY or storage != _DENSE:
            raise ArraysError("the file has an array that is not dense, or of another version of MXNet")
        shape = [self.count() for _ in range(min(dimensions, len(self._content)))]
        kind = [self.take(_SMALL) for _ in range(3)][2]
        if kind not in _TYPES:
            raise ArraysError(f"the file has an array of MXNet's type {kind}, float32 and float64 are read")
        size = int(np.prod(shape, dtype=object)) * _TYPES[kind].itemsize
        return np.frombuffer(self.raw(size), dtype=_TYPES[kind]).reshape(shape)
